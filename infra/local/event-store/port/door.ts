import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export type TlsFiles = { cert: string | Buffer; key: string | Buffer }
export type Door = { port: number; close(): Promise<void> }

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0')
/** A connection that has said nothing recognisable by then is cut. */
const GREETING_MS = 10_000
const KEEP_ALIVE_MS = 30_000

/**
 * Listens on one port for HTTP/2 (gRPC) and HTTP/1.1 (health pages). On TLS the client says which in the handshake;
 * in plain text the first bytes tell.
 */
export function openDoor(parts: {
  host: string
  port: number
  tls: TlsFiles | undefined
  http2: (socket: Socket) => void
  pages: RequestListener
}): Promise<Door> {
  const http1 = createHttpServer(parts.pages)
  const sockets = new Set<Socket>()
  const admit = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A peer that resets its connection is no event of ours.
    socket.on('error', () => socket.destroy())
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    sniff(socket, (isHttp2) => (isHttp2 ? parts.http2(socket) : http1.emit('connection', socket)))
  }
  const server = parts.tls
    ? createTlsServer({ ...parts.tls, ALPNProtocols: ['h2', 'http/1.1'] }, admit)
    : createNetServer(admit)
  if (parts.tls) server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
  return listen(server, parts).then((port) => ({ port, close: () => close(server, sockets) }))
}

/** Decides by the first bytes, and puts them back. */
function sniff(socket: Socket, decided: (isHttp2: boolean) => void): void {
  const timer = setTimeout(() => socket.destroy(), GREETING_MS)
  socket.once('close', () => clearTimeout(timer))
  let seen = Buffer.alloc(0)
  const look = (): void => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    seen = Buffer.concat([seen, chunk])
    const compared = Math.min(seen.length, HTTP2_PREFACE.length)
    const matches = seen.subarray(0, compared).equals(HTTP2_PREFACE.subarray(0, compared))
    if (matches && compared < HTTP2_PREFACE.length) return
    clearTimeout(timer)
    socket.removeListener('readable', look)
    socket.unshift(seen)
    decided(matches)
  }
  socket.on('readable', look)
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.removeListener('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}
