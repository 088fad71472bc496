import { type CloseReason, closeCodes } from '../../../schemas/realtime/frames.ts'

/** How a connection ends: what the client is told, and the code of a WebSocket below. */
export interface Closing {
  /** As the metrics name it. */
  reason: string
  code: number
  meaning: string
  /** Whether a client that connects again by itself may; if so, it is remembered how far it has come. */
  allowReconnect: boolean
}

const again: Record<CloseReason, boolean> = {
  restart: true,
  overloaded: true,
  expired: true,
  removed: false,
  slow: true,
  flood: true,
}

/** Ends for which the core has a reason. */
export function closingOf(reason: CloseReason): Closing {
  const { code, meaning } = closeCodes[reason]
  return { reason, code, meaning, allowReconnect: again[reason] }
}

/** The client has said goodbye. */
export const done: Closing = { reason: 'done', code: 1000, meaning: '', allowReconnect: false }

/** The client is gone without a word, and may come back. */
export const gone: Closing = { ...done, reason: 'gone', allowReconnect: true }

/** A WebSocket of a stateful connection on which its client said nothing. He may be on another connection already. */
export const leftBehind: Closing = { ...gone, reason: 'left-behind', code: 4408 }

/** The client means a connection that this instance does not have. */
export const elsewhere: Closing = { ...leftBehind, reason: 'elsewhere' }

/** The client goes on with another WebSocket. */
export const replaced: Closing = { ...gone, reason: 'replaced' }

export const silent: Closing = {
  reason: 'silent',
  code: 4408,
  meaning: 'nothing was heard of the client for too long',
  allowReconnect: true,
}

/** A room cannot be kept up to date. */
export const unavailable: Closing = {
  reason: 'unavailable',
  code: 1013,
  meaning: 'the conversation cannot be served now: connect again',
  allowReconnect: true,
}

/** The right to be in a conversation has ended. */
export const revoked: Closing = {
  reason: 'revoked',
  code: 4403,
  meaning: 'this conversation needs a visitor token now: give it as token when connecting',
  allowReconnect: false,
}

/** What the client sent is not of the protocol. */
export function malformed(meaning: string): Closing {
  return { reason: 'malformed', code: 1002, meaning, allowReconnect: false }
}

/** The conversation that the address names cannot be joined. */
export function refused(meaning: string): Closing {
  return { reason: 'refused', code: 4403, meaning, allowReconnect: false }
}
