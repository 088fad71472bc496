import type { ServerResponse } from 'node:http'
import { Drain } from '../drain.ts'
import type { Outbox } from '../outbox.ts'
import type { Carrier, CarrierLimits } from './carrier.ts'
import type { Closing } from './closings.ts'
import type { Packet } from './packet.ts'

export interface PollOptions extends CarrierLimits {
  outbox: Outbox<PollCarrier>
  /** How long a poll is held while there is nothing to say. */
  holdMs: number
  onSent: (packets: number) => void
  onCut: (reason: string) => void
  onSlow: () => void
  /** An answer did not reach the client whole: nobody knows what he has. */
  onBroken: () => void
}

interface Poll {
  response: ServerResponse
  timer: NodeJS.Timeout
}

/** Polls of one client: each is answered with what waits, or held until there is something. */
export class PollCarrier implements Carrier {
  readonly takesPings = false
  readonly #options: PollOptions
  #waiting: Packet[] = []
  #poll: Poll | undefined
  #isEnded = false
  readonly #drain = new Drain()
  /** What is to be confirmed when what waits has been fetched, and when the client comes back after that. */
  #onFetched: (() => void)[] = []
  #onReturn: (() => void)[] = []
  #bytes = 0

  constructor(options: PollOptions) {
    this.#options = options
  }

  get buffered(): number {
    return this.#bytes
  }

  /** Whether the client waits for an answer now. */
  get isWatched(): boolean {
    return this.#poll !== undefined
  }

  /** Whether it has ended, and there is nothing left to fetch. */
  get isOver(): boolean {
    return this.#isEnded && this.#waiting.length === 0
  }

  /** Takes the response of a poll. An earlier one that is still held is let go: its client has given it up. */
  poll(response: ServerResponse): void {
    this.#release(204, '')
    const timer = setTimeout(() => this.#release(200, ''), this.#options.holdMs)
    const poll = { response, timer }
    this.#poll = poll
    response.once('close', () => {
      if (this.#poll !== poll) return
      clearTimeout(timer)
      this.#poll = undefined
    })
    for (const confirm of this.#onReturn.splice(0)) confirm()
    if (this.isOver) this.#release(204, '')
    else this.flush()
  }

  send(packet: Packet): void {
    if (this.#isEnded) return
    if (this.#waiting.length === 0) this.#options.outbox.add(this)
    this.#waiting.push(packet)
    this.#bytes += packet.size
  }

  drained(): Promise<void> | undefined {
    const { bound, stallMs, onSlow } = this.#options
    return this.#isEnded || this.#bytes <= bound / 4 ? undefined : this.#drain.wait(stallMs, onSlow)
  }

  /** Who polls again has what the poll before was answered. */
  confirm(onReceived: () => void): void {
    if (this.#waiting.length > 0) this.#onFetched.push(onReceived)
    else if (this.#poll === undefined) this.#onReturn.push(onReceived)
    else onReceived()
  }

  end({ reason }: Closing): void {
    this.#options.onCut(reason)
    this.flush()
    this.#isEnded = true
    this.#drain.settle()
    if (this.isOver) this.#release(204, '')
  }

  /** Answers the poll that is held, if any, with what waits, if anything. */
  flush(): void {
    if (this.#poll === undefined || this.#waiting.length === 0) return
    const { onSent, onBroken } = this.#options
    const { response } = this.#poll
    const text = this.#waiting.map((packet) => packet.text).join('')
    onSent(this.#waiting.length)
    this.#waiting = []
    this.#bytes = 0
    this.#onReturn.push(...this.#onFetched.splice(0))
    response.once('close', () => {
      if (!response.writableFinished) onBroken()
    })
    this.#release(200, text)
    this.#drain.settle()
  }

  #release(status: 200 | 204, text: string): void {
    const poll = this.#poll
    if (poll === undefined) return
    this.#poll = undefined
    clearTimeout(poll.timer)
    const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' }
    poll.response.writeHead(status, status === 204 ? { 'Cache-Control': 'no-store' } : headers).end(text)
  }
}
