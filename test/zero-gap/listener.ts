import type { Recorded } from '../../schemas/envelope.ts'

export type Kind = 'agent' | 'visitor'

/** What a client in a conversation needs to know of it, and who it is. */
export interface Seat {
  /** Where the server is, as this client reaches it. */
  origin: string
  kind: Kind
  conversationId: string
  visitorId: string
  /** Agents' access token, or the visitor token. */
  token: string
  /** From 0 to 1: how long it waits before it connects again. */
  random: () => number
}

/** A client that connects again whenever it is cut off, by the means that its protocol has for that, and resumes as docs/realtime.md says. */
export interface Listener {
  /** The protocol, and how it is spoken. */
  readonly manner: string
  /** What it was told, in the order in which it came: what `toldOf` makes of an event. */
  readonly log: readonly string[]
  /** How often it has connected. */
  readonly connections: number
  start(): void
  stop(): Promise<void>
  /** What a client such as this is to be told of an event; undefined where nothing. */
  toldOf(recorded: Recorded): string | undefined
}

/** Milliseconds before it connects again. */
export function pause(random: () => number): number {
  return 20 + random() * 130
}
