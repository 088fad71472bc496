import type { ServerResponse } from 'node:http'
import type { Outbox } from '../outbox.ts'
import type { Carrier, CarrierLimits } from './carrier.ts'
import type { Closing } from './closings.ts'
import type { Packet } from './packet.ts'

export interface SseOptions extends CarrierLimits {
  outbox: Outbox<SseCarrier>
  onSent: (packets: number) => void
  onCut: (reason: string) => void
  onSlow: () => void
}

/** A response that does not end: server-sent events (WHATWG HTML, section 9.2), one a packet. */
export class SseCarrier implements Carrier {
  readonly isWatched = false
  readonly takesPings = true
  readonly #response: ServerResponse
  readonly #options: SseOptions
  #waiting: Packet[] = []
  #waitingBytes = 0

  constructor(response: ServerResponse, options: SseOptions) {
    this.#response = response
    this.#options = options
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-store',
      // For proxies that gather answers before they pass them on.
      'X-Accel-Buffering': 'no',
    })
    // A comment: so the client learns at once that it is connected.
    response.write(':\r\n\r\n')
  }

  get buffered(): number {
    return this.#waitingBytes + this.#response.writableLength
  }

  send(packet: Packet): void {
    if (this.#waiting.length === 0) this.#options.outbox.add(this)
    this.#waiting.push(packet)
    this.#waitingBytes += packet.size
  }

  drained(): Promise<void> | undefined {
    const { bound, stallMs, onSlow } = this.#options
    const response = this.#response
    if (this.buffered <= bound / 4) return undefined
    this.flush()
    if (response.writableLength <= bound / 4 || response.destroyed) return undefined
    return new Promise((resolve) => {
      const stalled = setTimeout(onSlow, stallMs)
      const settle = () => {
        clearTimeout(stalled)
        response.off('drain', settle)
        response.off('close', settle)
        resolve()
      }
      response.on('drain', settle)
      response.on('close', settle)
    })
  }

  /** There is no answer on an event stream: what the system has taken counts as received. */
  confirm(onReceived: () => void): void {
    this.flush()
    if (this.#response.writableEnded || this.#response.destroyed) return
    this.#response.write(':\r\n\r\n', (error) => error ?? onReceived())
  }

  end({ reason }: Closing): void {
    this.#options.onCut(reason)
    this.flush()
    this.#response.end()
  }

  flush(): void {
    const packets = this.#waiting
    if (packets.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    if (this.#response.writableEnded || this.#response.destroyed) return
    this.#options.onSent(packets.length)
    this.#response.write(packets.map(({ text }) => `data: ${text}\r\n\r\n`).join(''))
  }
}
