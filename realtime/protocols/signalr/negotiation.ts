import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Caller } from '../../../schemas/caller.ts'

/** A connection as it was negotiated: what its `id` says. */
export interface Negotiated {
  /** What the client may tell others. */
  connectionId: string
  /** Seconds since the Unix epoch; it has to be begun by then. */
  beginBy: number
  mayResume: boolean
  /** Whether its client is one that says something as soon as it has the answer to its handshake. */
  speaksFirst: boolean
}

export interface Negotiation {
  /** The token of a new connection, with which this caller, and nobody else, may begin it on any instance. */
  issue(caller: Caller, agreed: Pick<Negotiated, 'mayResume' | 'speaksFirst'>): { token: string; connectionId: string }
  /** Undefined for what was not issued, or to somebody else. Whether it is too late, the caller decides. */
  read(token: string, caller: Caller): Negotiated | undefined
}

/** As long as ASP.NET Core keeps one. */
const beginWithin = 15

/** Tokens say all there is to know of a connection that has not begun: so nothing is kept of it, and any instance can begin it. */
export function createNegotiation(secret: string, now: () => number = Date.now): Negotiation {
  const sign = (told: string, caller: Caller) =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['signalr', told, identityOf(caller)]))
      .digest()

  return {
    issue(caller, { mayResume, speaksFirst }) {
      const connectionId = randomBytes(16).toString('base64url')
      const beginBy = Math.floor(now() / 1000) + beginWithin
      const told = `${connectionId}.${beginBy.toString(36)}.${mayResume ? 's' : 'p'}${speaksFirst ? 'f' : ''}`
      return { connectionId, token: `${told}.${sign(told, caller).toString('base64url')}` }
    },
    read(token, caller) {
      const [connectionId = '', beginBy = '', kind = '', signature = ''] = token.split('.', 5)
      const told = `${connectionId}.${beginBy}.${kind}`
      const [given, right] = [Buffer.from(signature, 'base64url'), sign(told, caller)]
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const [mayResume, speaksFirst] = [kind.startsWith('s'), kind.endsWith('f')]
      return { connectionId, beginBy: Number.parseInt(beginBy, 36), mayResume, speaksFirst }
    },
  }
}

/** One caller, whichever of his tokens he shows. */
export function identityOf(caller: Caller): string {
  switch (caller.kind) {
    case 'anonymous':
      return 'anonymous'
    case 'visitor':
      return `visitor ${caller.workspaceId} ${caller.conversationId}`
    case 'agent':
    case 'apiKey':
      return `${caller.kind} ${caller.workspaceId} ${caller.id}`
    case 'system':
      return `system ${caller.workspaceId ?? ''} ${caller.id}`
    default:
      caller satisfies never
      return ''
  }
}

/** What negotiating answers (SignalR's transport protocols, negotiate versions 0 and 1). */
export function negotiateAnswer(version: number, issued: { token: string; connectionId: string }, mayResume: boolean) {
  const { token, connectionId } = issued
  const availableTransports = ['WebSockets', 'ServerSentEvents', 'LongPolling'].map((transport) => ({
    transport,
    transferFormats: ['Text'],
  }))
  // Version 0 knows one id only, and connects with it.
  const names =
    version < 1 ? { connectionId: token } : { connectionId, connectionToken: token, negotiateVersion: 1 as const }
  return { ...names, availableTransports, ...(mayResume ? { useStatefulReconnect: true } : {}) }
}
