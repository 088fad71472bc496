import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answer } from './course.ts'

/** Somebody else's server, which fails at the first try of some deliveries. */
export interface Receiver {
  url: string
  /** How often each delivery has come, by conversation and where it went. */
  deliveries(conversationId: string): ReadonlyMap<string, number>
  total(): number
  close(): void
}

export async function openReceiver(): Promise<Receiver> {
  const came = new Map<string, Map<string, number>>()
  let total = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { conversationId } = JSON.parse(Buffer.concat(chunks).toString()) as { conversationId: string }
      const delivery = String(request.headers['parley-delivery'])
      const ofConversation = came.get(conversationId) ?? new Map<string, number>()
      const before = ofConversation.get(delivery) ?? 0
      ofConversation.set(delivery, before + 1)
      came.set(conversationId, ofConversation)
      total += 1
      const moody = createHash('sha256').update(delivery).digest().readUInt8() % 10 === 0
      response.statusCode = moody && before === 0 ? 503 : 200
      response.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deliveries: (conversationId) => came.get(conversationId) ?? new Map(),
    total: () => total,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
