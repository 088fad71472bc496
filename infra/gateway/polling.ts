import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../../schemas/caller.ts'
import { hubPath } from '../../schemas/realtime/hub.ts'
import { socketIoPath } from '../../schemas/realtime/socket-io.ts'
import type { InternalTokens } from '../runtime/auth/internal-tokens.ts'
import { addressOf } from '../runtime/http/address.ts'
import type { Trace } from '../runtime/http/trace.ts'
import type { Callers } from './callers.ts'
import { addressAsked, admitConnection, type ConnectionCount, hideTokens, pathOf } from './connecting.ts'
import { demandBodyInBounds, prepare } from './forwarding.ts'
import type { Passage } from './proxy.ts'

export interface PollingOptions {
  realtime: Passage
  callers: Pick<Callers, 'ofConnection'>
  tokens: InternalTokens
  /** Counts a request. */
  count: ConnectionCount
  trustedProxies: number
}

/**
 * The requests of SignalR and Socket.IO: negotiating, and what takes the place of a WebSocket. They may show a credential as a socket may.
 */
export interface Polling {
  has(request: IncomingMessage): boolean
  /** Finds out who calls, and counts. Throws Rejection. */
  admit(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Passes a request on that was admitted. */
  pass(request: IncomingMessage, response: ServerResponse, trace: Trace): Promise<void>
}

const paths: ReadonlySet<string> = new Set([hubPath, `${hubPath}/negotiate`, socketIoPath])
/** The client for browsers, which Socket.IO serves beside itself. */
const clientFiles = `${socketIoPath}/`
const anonymous: Caller = { kind: 'anonymous' }

export function createPolling({ realtime, callers, tokens, count, trustedProxies }: PollingOptions): Polling {
  const admitted = new WeakMap<IncomingMessage, Caller>()
  return {
    has(request) {
      const path = pathOf(request)
      return paths.has(path) || path.startsWith(clientFiles)
    },
    async admit(request, response) {
      const url = addressAsked(request)
      const ip = addressOf(request, trustedProxies)
      const caller = await admitConnection({ callers, count }, request, url, ip, response)
      demandBodyInBounds(request, () => false)
      hideTokens(request, url)
      admitted.set(request, caller)
    },
    async pass(request, response, trace) {
      const caller = admitted.get(request) ?? anonymous
      await prepare(request, caller, { tokens, trace, ip: addressOf(request, trustedProxies) })
      await realtime(request, response)
    },
  }
}
