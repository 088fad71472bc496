import { Drain } from '../drain.ts'
import type { Carrier, CarrierLimits } from './carrier.ts'
import type { Closing } from './closings.ts'
import type { Packet } from './packet.ts'
import type { Sequence } from './sequence.ts'

export interface OutletOptions extends CarrierLimits {
  /** It is over its bound, or has stalled. */
  onSlow: () => void
}

/** Official clients acknowledge what comes within a second. */
const acknowledgedMs = 3000

interface Place {
  /** Undefined while it is still being made. */
  packet: Packet | undefined
}

/** What goes out to one client: in order, whatever has to be waited for, and bounded. */
export class Outlet {
  readonly #options: OutletOptions
  readonly #drain = new Drain()
  #carrier: Carrier | undefined
  #sequence: Sequence | undefined
  #line: Place[] = []
  #lineBytes = 0
  #isClosed = false

  constructor(options: OutletOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return !this.#isClosed && this.buffered > this.#options.bound / 2
  }

  /** Whether all that was sent is with the carrier. */
  get isPassedOn(): boolean {
    return this.#line.length === 0
  }

  /** What waits on the wire waits for its acknowledgement too, and counts once. */
  get buffered(): number {
    return this.#lineBytes + Math.max(this.#carrier?.buffered ?? 0, this.#sequence?.buffered ?? 0)
  }

  /** From now on what is sent is kept until it is acknowledged. */
  keepIn(sequence: Sequence): void {
    this.#sequence = sequence
  }

  /** Without a carrier, what is counted waits for the next one, and the rest is dropped. */
  use(carrier: Carrier | undefined): void {
    this.#carrier = carrier
    this.settle()
  }

  /** A packet that is still being made holds up those behind it; it must be made in the end. */
  send(packet: Packet | Promise<Packet>): void {
    if (this.#isClosed) return
    if (packet instanceof Promise) {
      const place: Place = { packet: undefined }
      this.#line.push(place)
      void packet.then((made) => {
        place.packet = made
        this.#lineBytes += made.size
        this.#advance()
      })
    } else if (this.#line.length > 0) {
      this.#line.push({ packet })
      this.#lineBytes += packet.size
    } else {
      this.#pass(packet)
    }
    if (this.buffered > this.#options.bound) this.#options.onSlow()
  }

  /** As Peer has it. */
  drained(): Promise<void> | undefined {
    if (this.#isClosed) return undefined
    const { bound, stallMs, onSlow } = this.#options
    const wire = this.#carrier?.drained()
    if (wire !== undefined) return wire
    if (this.buffered <= bound / 2) return undefined
    // How long it may be without a carrier is not for here to say.
    return this.#drain.wait(stallMs + acknowledgedMs, () => {
      if (this.#carrier !== undefined) onSlow()
    })
  }

  /** Something has drained. */
  settle(): void {
    this.#drain.settle()
  }

  /** Sends a last word, and ends the carrier. Nothing is sent afterwards. */
  close(closing: Closing, last: Packet | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#line = []
    if (last !== undefined) this.#carrier?.send(last)
    this.#carrier?.end(closing)
    this.settle()
  }

  #pass(packet: Packet): void {
    this.#sequence?.keep(packet)
    this.#carrier?.send(packet)
  }

  #advance(): void {
    if (this.#isClosed) return
    for (let first = this.#line[0]; first?.packet !== undefined; first = this.#line[0]) {
      this.#line.shift()
      this.#lineBytes -= first.packet.size
      this.#pass(first.packet)
    }
    this.settle()
  }
}
