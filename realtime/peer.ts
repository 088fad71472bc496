import type { CloseReason, ServerFrame } from '../schemas/realtime/frames.ts'

/** A connection as the core sees it; each protocol brings its own. */
export interface Peer {
  /**
   * Queues a frame, and returns at once. The same frame object goes to every peer of an audience, so that a protocol can serialise it
   * once. A peer whose buffer is over its bound cuts itself.
   */
  deliver(frame: ServerFrame): void
  /** Whether enough waits for it already: what comes next is better read from the stream when it has drained. */
  readonly isFull: boolean
  /** Undefined while the peer can take more; else resolves when it can, or is gone. Cuts a peer that does not drain for long. */
  drained(): Promise<void> | undefined
  /** Ends the connection after what was delivered so far; nothing is delivered afterwards. */
  close(reason: CloseReason): void
}
