import { Acks } from './acks.ts'
import type { Carrier, CarrierLimits } from './carrier.ts'
import type { ClientMessage } from './client-message.ts'
import { type Closing, gone, leftBehind, replaced, silent } from './closings.ts'
import type { Arrival } from './hub-tools.ts'
import { Outlet } from './outlet.ts'
import { ackPacket, type Packet } from './packet.ts'
import { Sequence } from './sequence.ts'

/** Official clients shake hands, or say where they begin, as soon as they are connected. */
const handshakeMs = 10_000
/** They acknowledge what comes within a second. */
const forgottenMs = 15_000

/**
 * - `new`: on its first carrier, its client has said nothing since the handshake
 * - `going`: the client is told what there is
 * - `asked`: on another WebSocket, where the client has not said where he begins
 * - `replacing`: he has, but may still be reading what came by the one before
 * - `adrift`: nothing carries it
 */
type Phase = 'new' | 'going' | 'asked' | 'replacing' | 'adrift'

export interface CarriageOptions {
  limits: CarrierLimits & { clientTimeoutMs: number }
  arrival: Pick<Arrival, 'mayResume' | 'speaksFirst'>
  onSlow: () => void
  /** It cannot go on. */
  onOver: (closing: Closing) => void
}

/** What carries one connection to its client: one carrier, or one WebSocket after another ("stateful reconnect"). */
export class Carriage {
  readonly #options: CarriageOptions
  readonly #outlet: Outlet
  #phase: Phase = 'new'
  #carrier: Carrier | undefined
  /** What carried it before, until that has ended. */
  #before: Carrier | undefined
  #sequence: Sequence | undefined
  #acks: Acks | undefined
  /** Whether the client is told nothing before he has said something. */
  #isHeld = false
  #onLost: (() => void)[] = []
  /** Runs while the client owes his first words, on his first carrier or on the next. */
  #patience: NodeJS.Timeout

  constructor(options: CarriageOptions) {
    const { limits, arrival, onSlow } = options
    this.#options = options
    this.#outlet = new Outlet({ ...limits, onSlow })
    // Polls that followed their client's connection from an instance that died begin another one here, and would poll for ever.
    this.#patience = this.#awaitWords(arrival.mayResume ? leftBehind : silent)
  }

  get isFull(): boolean {
    return this.#outlet.isFull
  }

  get buffered(): number {
    return this.#outlet.buffered
  }

  drained(): Promise<void> | undefined {
    return this.#outlet.drained()
  }

  /** What has been handed all that was sent; undefined where nothing has. */
  get handed(): Carrier | undefined {
    return this.#isTold && this.#outlet.isPassedOn ? this.#carrier : undefined
  }

  get takesPings(): boolean {
    return this.#carrier?.takesPings === true
  }

  /** Whether the client is known to be there even if he says nothing. */
  get isWatched(): boolean {
    return this.#carrier?.isWatched === true
  }

  /**
   * Whether another WebSocket may carry it on. Official clients speak as soon as they have the answer to their handshake; one who has not
   * may not have it, and cannot do without.
   */
  get canResume(): boolean {
    return this.#sequence !== undefined && this.#phase !== 'new'
  }

  /** Whether there is a WebSocket on which the client has not said where he begins. */
  get isAsked(): boolean {
    return this.#phase === 'asked'
  }

  /** Whether the client has left it behind and still hears it: he takes what he is sent, and acknowledges nothing. */
  get isForgotten(): boolean {
    return this.#phase === 'going' && (this.#sequence?.owedMs ?? 0) > forgottenMs
  }

  isOn(carrier: Carrier): boolean {
    return carrier === this.#carrier
  }

  send(packet: Packet | Promise<Packet>): void {
    this.#outlet.send(packet)
  }

  /** What carries it from now on. */
  begin(carrier: Carrier): void {
    this.#carrier = carrier
    this.#outlet.use(carrier)
  }

  /**
   * The handshake is done. Whether it may outlive its WebSocket now, the client's version decides. If so, the published JavaScript client
   * is told nothing until it has pinged, as it does at once: only then it begins to count, and what reached it together with the answer
   * to its handshake it would not count, or throw away if it had another connection before. And on a WebSocket that it has left behind
   * before, it never pings.
   */
  shaken(isStateful: boolean): void {
    clearTimeout(this.#patience)
    if (!isStateful) return
    const sequence = new Sequence()
    this.#sequence = sequence
    this.#outlet.keepIn(sequence)
    this.#acks = new Acks(() => this.send(ackPacket(sequence.received)))
    if (!this.#options.arrival.speaksFirst) return
    this.#isHeld = true
    this.#outlet.use(undefined)
    this.#patience = this.#awaitWords(leftBehind)
  }

  /** Resolves when the client has answered by what carries it, or that is gone, or nothing has come for so long. */
  asked(withinMs: number): Promise<void> {
    const carrier = this.#carrier
    if (carrier === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      setTimeout(resolve, withinMs).unref()
      this.#onLost.push(resolve)
      carrier.confirm(resolve)
    })
  }

  /** Another WebSocket asks to carry it on. Until the client has said there where he begins, he is told nothing. */
  resume(carrier: Carrier): void {
    if (this.#sequence === undefined) return
    this.#before = this.#carrier ?? this.#before
    this.#carrier = carrier
    this.#phase = 'asked'
    this.#outlet.use(undefined)
    this.#sequence.awaitNumber()
    clearTimeout(this.#patience)
    this.#patience = this.#awaitWords(leftBehind)
  }

  /**
   * A carrier is gone; with `isStop`, the client has closed it.
   *
   * Official clients that stop a connection, be it that they think the server dead, resume it all the same: they close its WebSocket, open
   * the next, and forget that one. Refused it, they forget nothing. They never close one whose connection they mean to keep.
   */
  lost(carrier: Carrier, isStop: boolean): void {
    const { arrival, onOver } = this.#options
    for (const tell of this.#onLost.splice(0)) tell()
    // Who goes on says where at once. Who did not may be on another connection, from which he must not come back to this one.
    const isUnsaid = this.isAsked || (this.#phase === 'new' && arrival.mayResume && !isStop)
    const closing = isUnsaid ? leftBehind : gone
    if (carrier === this.#before) {
      this.#before = undefined
      if (isStop) onOver(closing)
      else if (this.#phase === 'replacing') this.#goOn()
    } else if (carrier === this.#carrier) {
      if (isStop || !this.canResume || this.isAsked) onOver(closing)
      else this.#drift()
    }
  }

  /** Whether what the client says is new. Throws Malformed. */
  takes(message: ClientMessage): boolean {
    const sequence = this.#sequence
    if (sequence === undefined) return true
    if (this.#phase === 'new') this.#tell(this.#isHeld ? sequence.kept : [])
    const before = sequence.received
    const isNew = sequence.takes(message)
    if (message.kind === 'sequence') this.#placed()
    if (isNew && message.kind === 'ack') {
      sequence.acknowledge(message.sequenceId)
      this.#outlet.settle()
    }
    if (sequence.received > before) this.#acks?.owe()
    return isNew
  }

  /** Nothing is sent after this. */
  end(closing: Closing, last: Packet | undefined): void {
    clearTimeout(this.#patience)
    this.#before?.end(replaced)
    this.#acks?.stop()
    this.#outlet.use(this.#carrier)
    this.#outlet.close(closing, last)
  }

  get #isTold(): boolean {
    return this.#phase === 'going' || (this.#phase === 'new' && !this.#isHeld)
  }

  /** The client has said where he goes on. What came by the WebSocket before must not reach him among what comes by this one. */
  #placed(): void {
    clearTimeout(this.#patience)
    if (this.#before === undefined) {
      this.#goOn()
      return
    }
    this.#phase = 'replacing'
    this.#before.end(replaced)
  }

  #goOn(): void {
    if (this.#sequence !== undefined) this.#tell(this.#sequence.again())
  }

  #tell(packets: readonly Packet[]): void {
    clearTimeout(this.#patience)
    this.#phase = 'going'
    for (const packet of packets) this.#carrier?.send(packet)
    this.#outlet.use(this.#carrier)
  }

  #drift(): void {
    clearTimeout(this.#patience)
    this.#phase = 'adrift'
    this.#carrier = undefined
    this.#outlet.use(undefined)
  }

  #awaitWords(closing: Closing): NodeJS.Timeout {
    const { limits, onOver } = this.#options
    return setTimeout(() => onOver(closing), Math.min(handshakeMs, limits.clientTimeoutMs)).unref()
  }
}
