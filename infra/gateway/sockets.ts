import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Rejection } from '../../schemas/rejection.ts'
import type { InternalTokens } from '../runtime/auth/internal-tokens.ts'
import { addressOf } from '../runtime/http/address.ts'
import { refusalOf } from '../runtime/http/problem.ts'
import { traceOf } from '../runtime/http/trace.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Callers } from './callers.ts'
import { prepare } from './forwarding.ts'
import type { Passage } from './proxy.ts'
import type { RateLimits } from './rate-limits.ts'

export interface SocketsOptions {
  realtime: Passage
  callers: Pick<Callers, 'ofUpgrade'>
  tokens: InternalTokens
  limit: RateLimits
  logger: Logger
  trustedProxies: number
}

const path = '/realtime'

/** Passes websockets on to the realtime service, with what the gateway found out of who asks. */
export function createSockets({ realtime, callers, tokens, limit, logger, trustedProxies }: SocketsOptions) {
  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const trace = traceOf(request.headers.traceparent)
    socket.on('error', (error) => logger.debug({ error }, 'a socket broke'))
    try {
      const url = new URL(request.url ?? '/', 'http://gateway')
      if (url.pathname !== path || !(socket instanceof Socket)) {
        throw new Rejection('not-found', 'There is no socket at this path')
      }
      const caller = await callers.ofUpgrade(request, url)
      const ip = addressOf(request, trustedProxies)
      await limit(caller, ip)
      // The service is told by the header; a token in an address would end up in logs.
      url.searchParams.delete('token')
      request.url = url.pathname + url.search
      await prepare(request, caller, { tokens, trace, ip })
      realtime.upgrade(request, socket, head)
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
