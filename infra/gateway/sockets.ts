import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { hubPath } from '../../schemas/realtime/hub.ts'
import { socketIoPath } from '../../schemas/realtime/socket-io.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { InternalTokens } from '../runtime/auth/internal-tokens.ts'
import { addressOf } from '../runtime/http/address.ts'
import { refusalOf } from '../runtime/http/problem.ts'
import { traceOf } from '../runtime/http/trace.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Callers } from './callers.ts'
import { addressAsked, admitConnection, type ConnectionCount, hideTokens, pathOf } from './connecting.ts'
import { prepare } from './forwarding.ts'
import type { SocketPassage } from './socket-passage.ts'

export interface SocketsOptions {
  realtime: SocketPassage
  callers: Pick<Callers, 'ofConnection'>
  tokens: InternalTokens
  /** Counts one that asks to connect. */
  count: ConnectionCount
  logger: Logger
  trustedProxies: number
}

const paths: ReadonlySet<string> = new Set(['/realtime', hubPath, socketIoPath])

/** Passes websockets on to the realtime service, with what the gateway found out of who asks. */
export function createSockets({ realtime, callers, tokens, count, logger, trustedProxies }: SocketsOptions) {
  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const trace = traceOf(request.headers.traceparent)
    socket.on('error', (error) => logger.debug({ error }, 'a socket broke'))
    try {
      if (!paths.has(pathOf(request)) || !(socket instanceof Socket)) {
        throw new Rejection('not-found', 'There is no socket at this path')
      }
      const url = addressAsked(request)
      const ip = addressOf(request, trustedProxies)
      const caller = await admitConnection({ callers, count }, request, url, ip)
      hideTokens(request, url)
      await prepare(request, caller, { tokens, trace, ip })
      await realtime(request, socket, head)
    } catch (error) {
      const { problem, headers } = refusalOf(error, trace.parent)
      if (problem.status >= 500) logger.error({ error, traceId: trace.parent }, 'a socket could not be opened')
      const text = JSON.stringify(problem)
      const lines = Object.entries({
        ...headers,
        'Content-Type': 'application/problem+json; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
        Connection: 'close',
      }).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${text}`)
    }
  }
}
