import type { Closing } from './closings.ts'
import type { Packet } from './packet.ts'

/** What carries packets to one client: a WebSocket, an event stream, or its polls. */
export interface Carrier {
  send(packet: Packet): void
  /** Whether the client is known to be there even if he says nothing. */
  readonly isWatched: boolean
  /** Whether pings keep it alive. */
  readonly takesPings: boolean
  /** Bytes that wait here. */
  readonly buffered: number
  /** Undefined while it can take more; else resolves when it can, or is gone. */
  drained(): Promise<void> | undefined
  /** Calls back when the client has received all that was sent so far, as far as can be known; never, if it is gone before. */
  confirm(onReceived: () => void): void
  /** Sends what waits, and ends. */
  end(closing: Closing): void
}

export interface CarrierLimits {
  /** Bytes that may wait. */
  bound: number
  /** How long it may take nothing at all while it is waited for. */
  stallMs: number
}
