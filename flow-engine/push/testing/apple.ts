import { createPublicKey } from 'node:crypto'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { jwtVerify } from 'jose'

export interface ApnsRequest {
  token: string
  headers: http2.IncomingHttpHeaders
  body: Record<string, unknown>
}

export interface Apple {
  url: string
  /** How many connections were opened. */
  connections: number
  /** The provider tokens that were shown. */
  shown: Set<string>
  pushes: ApnsRequest[]
  /** Answers to the pushes of a token, one after the other; 0 cuts the connection. Then, and for others, all is well. */
  answers: Map<string, { status: number; reason: string }[]>
  close(): Promise<void>
}

/** Apple's server, without TLS, which takes nothing that the real one would refuse. */
export async function startApple(provider: { teamId: string; keyId: string; privateKey: string }): Promise<Apple> {
  const key = createPublicKey(provider.privateKey)
  const sessions = new Set<http2.ServerHttp2Session>()
  const server = http2.createServer()
  server.on('session', (session) => {
    apple.connections += 1
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    const refuse = (status: number, reason: string) => {
      stream.respond({ ':status': status, 'content-type': 'application/json' })
      stream.end(JSON.stringify({ reason }))
    }
    void answer(stream, headers, refuse).catch((error: unknown) => refuse(403, `InvalidProviderToken: ${error}`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const apple: Apple = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 0,
    shown: new Set(),
    pushes: [],
    answers: new Map(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      }),
  }
  return apple

  async function answer(
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    refuse: (status: number, reason: string) => void,
  ): Promise<void> {
    const body = await text(stream)
    const [, token = ''] = /^\/3\/device\/([0-9a-f]+)$/.exec(headers[':path'] ?? '') ?? []
    if (headers[':method'] !== 'POST' || token === '') return refuse(404, 'BadPath')
    const [scheme, jwt = ''] = (headers.authorization ?? '').split(' ')
    if (scheme !== 'bearer') return refuse(403, 'MissingProviderToken')
    const { protectedHeader } = await jwtVerify(jwt, key, {
      algorithms: ['ES256'],
      issuer: provider.teamId,
      maxTokenAge: 3600,
    })
    if (protectedHeader.kid !== provider.keyId) return refuse(403, 'InvalidProviderToken')
    if (headers['apns-topic'] === undefined) return refuse(400, 'MissingTopic')
    apple.shown.add(jwt)
    apple.pushes.push({ token, headers, body: JSON.parse(body) })
    const refusal = apple.answers.get(token)?.shift()
    if (refusal?.status === 0) return stream.session?.destroy()
    if (refusal !== undefined) return refuse(refusal.status, refusal.reason)
    stream.respond({ ':status': 200, 'apns-id': headers['apns-id'] })
    stream.end()
  }
}
