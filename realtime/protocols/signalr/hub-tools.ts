import type { Caller } from '../../../schemas/caller.ts'
import type { Core } from '../../core.ts'
import type { ReadToken } from '../../session.ts'
import type { createWishReader } from './calls.ts'
import type { CarrierLimits } from './carrier.ts'
import type { Translate } from './events.ts'
import type { Trail } from './trail.ts'

export interface ConnectionLimits extends CarrierLimits {
  /** Longest message from a client, characters. */
  maxMessage: number
  frameRate: number
  maxRooms: number
  /** How long nothing may be heard of a client, and how long a broken connection that resumes by itself is kept. */
  clientTimeoutMs: number
}

/** What all connections share. */
export interface HubTools {
  core: Core
  readToken: ReadToken
  translate: Translate
  readWish: ReturnType<typeof createWishReader>
  trail: Trail
  limits: ConnectionLimits
}

/** What a client says of itself when it connects. */
export interface Arrival {
  caller: Caller
  /** The conversation to join by itself, and what the client has of it. */
  conversationId?: string | undefined
  after?: number | undefined
  /** Whether the connection may outlive its WebSocket. */
  mayResume: boolean
  /** Whether its client says something as soon as it has the answer to its handshake. */
  speaksFirst: boolean
}
