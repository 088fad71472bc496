import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Payload {
  id: string
  event: string
  occurredAt: string
  workspaceId: string
  conversationId: string | null
  position: string
  revision: number
  data: Record<string, unknown>
  actor: { kind: string; id: string }
}

export interface Received {
  headers: Record<string, string | string[] | undefined>
  text: string
  payload: Payload
}

/** One address of the receiver. */
export interface Hook {
  url: string
  /** All that came, also what was not taken. */
  received: Received[]
  /** Those that were answered with 2xx. */
  taken: Payload[]
  /** Answers; by default 204. A number is a status; nothing at all hangs. */
  answer: (payload: Payload, response: ServerResponse) => number | undefined
}

export interface Receiver {
  port: number
  hook(name: string): Hook
  close(): Promise<void>
}

/** Somebody's server, which takes deliveries as its hooks are told to. */
export async function startReceiver(): Promise<Receiver> {
  const hooks = new Map<string, Hook>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const hook = hooks.get(request.url ?? '')
      if (hook === undefined) {
        response.writeHead(404).end()
        return
      }
      const text = Buffer.concat(chunks).toString()
      const payload: Payload = JSON.parse(text)
      hook.received.push({ headers: request.headers, text, payload })
      const status = hook.answer(payload, response)
      if (status === undefined) return
      if (status >= 200 && status < 300) hook.taken.push(payload)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    hook(name) {
      const hook: Hook = { url: `http://127.0.0.1:${port}/${name}`, received: [], taken: [], answer: () => 204 }
      hooks.set(`/${name}`, hook)
      return hook
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As docs/webhooks.md tells receivers to do it. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
  const parts = String(headers['parley-signature']).split(',')
  const t = parts.find((part) => part.startsWith('t='))?.slice(2) ?? ''
  if (Math.abs(Date.now() / 1000 - Number(t)) > 300) return false
  const expected = createHmac('sha256', secret).update(`${t}.${text}`).digest()
  return parts
    .filter((part) => part.startsWith('v1='))
    .map((part) => Buffer.from(part.slice(3), 'hex'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected))
}
