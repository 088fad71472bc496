import type { Actor, LogPosition, Recorded } from '../../../schemas/envelope.ts'

/** What is the same in the envelope of every event of one command. */
export interface CommandContext {
  workspaceId: string
  actor: Actor
  commandId: string
  request?: string | undefined
  correlationId: string
  causationId: string
  /** ISO 8601 UTC. */
  at: string
  /** How many flows and automations stand between a person and this; absent: none. */
  depth?: number | undefined
  /** Whose key seals the personal fields; needed when an event has any. */
  key?: string | undefined
}

export interface Append {
  stream: string
  /** Revision of the last event that the decision knew of; -1 when the stream must not exist. */
  expected: number
  /** Hash of that event; empty for a new stream. */
  prevHash: string
  events: readonly { type: string; data: unknown }[]
  context: CommandContext
}

export interface Appended {
  /** The events as a reader would get them: unsealed, with ids, revisions and hashes. Each bears the position of the last. */
  events: Recorded[]
  /** Position of the last one. */
  position: LogPosition
}

/** Somebody else wrote first: reload and decide again. */
export class WrongRevision extends Error {
  override name = 'WrongRevision'
  readonly stream: string
  readonly expected: number
  constructor(stream: string, expected: number) {
    super(`${stream} is not at revision ${expected}`)
    this.stream = stream
    this.expected = expected
  }
}

/** The log cannot be reached, or an append's outcome could not be learnt in time. Trying again is safe. */
export class LogUnavailable extends Error {
  override name = 'LogUnavailable'
}

/** An event that is stored but cannot be decoded: its place is known, its content is not. */
export interface Undecodable {
  stream: string
  revision: number
  position: LogPosition
  type: string
  error: Error
}

export type Delivered = Recorded | Undecodable

export function isUndecodable(delivered: Delivered): delivered is Undecodable {
  return 'error' in delivered
}

export interface Batch {
  /** In log order, after the position asked for; may be empty (a checkpoint, or caught up). */
  events: Delivered[]
  /** Everything up to here has been considered; safe to store once the events are dealt with. */
  position: LogPosition
  /** Whether the log had nothing more when this batch was cut. */
  caughtUp: boolean
}

export interface SubscribeOptions {
  /** Exclusive; absent: from the beginning. `'end'`: only what comes. */
  after?: LogPosition | 'end' | undefined
  /** Only streams of these nouns (the prefixes `noun-`); absent: all of ours. System events never come. */
  nouns?: readonly string[] | undefined
  /** Only events of these types; the others are passed over, and not even decoded. Absent: all. */
  types?: readonly string[] | undefined
  /** Most events in a batch. */
  maxBatch?: number
  signal?: AbortSignal
}

/** The log, as our services use it. Nobody else touches the event-store client. */
export interface EventLog {
  /**
   * Appends at exactly the expected revision. Time-outs and lost connections are resolved by reading the ids back.
   * Throws WrongRevision, LogUnavailable, Rejection('contact-erased'), Rejection('too-large') or Rejection('unavailable') (the vault).
   */
  append(append: Append): Promise<Appended>
  /** A stream forwards from a revision (inclusive, default 0), decoded in batches as they come. An absent stream is empty. Throws LogUnavailable, UndecodableEvent or Rejection('unavailable'). */
  readStream(stream: string, options?: { from?: number; max?: number }): AsyncIterable<Recorded>
  /** The last event of a stream, or undefined. */
  readLast(stream: string): Promise<Recorded | undefined>
  /**
   * Tails `$all`, for ever, in batches: catch-up, then live. Resubscribes with jitter after any failure, from the last event handed out,
   * and never skips. Memory is bounded: the consumer's pace is the pace. Ends when the signal aborts.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<Batch>
  /** Position of the last event of ours in the log, or undefined when there is none. For lag and readiness. */
  head(): Promise<LogPosition | undefined>
  close(): Promise<void>
}
