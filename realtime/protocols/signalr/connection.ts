import type { CloseReason, ServerFrame } from '../../../schemas/realtime/frames.ts'
import type { Peer } from '../../peer.ts'
import { Session } from '../../session.ts'
import { FloodLimit } from '../flood-limit.ts'
import { Acks } from './acks.ts'
import { Call } from './calls.ts'
import type { Carrier } from './carrier.ts'
import { type ClientMessage, readHandshake, readMessage, resumingVersion } from './client-message.ts'
import {
  type Closing,
  closingOf,
  done,
  gone,
  leftBehind,
  malformed,
  refused,
  replaced,
  revoked,
  silent,
  unavailable,
} from './closings.ts'
import { Follower } from './follower.ts'
import { HubRooms } from './hub-rooms.ts'
import type { Arrival, HubTools } from './hub-tools.ts'
import { Invocations } from './invocations.ts'
import { Outlet } from './outlet.ts'
import { ackPacket, closePacket, handshakeAnswer, type Packet, ping } from './packet.ts'
import { Malformed, RecordReader } from './records.ts'
import { Sequence } from './sequence.ts'

/** Official clients shake hands, or say where they begin, as soon as they are connected. */
const handshakeMs = 10_000

/** One client of the hub, whatever carries it: its handshake, its calls, and what it is told. */
export class HubConnection implements Peer {
  readonly #tools: HubTools
  readonly #arrival: Arrival
  readonly #onOver: (closing: Closing) => void
  readonly #outlet: Outlet
  readonly #flood: FloodLimit
  readonly #follower: Follower
  #reader: RecordReader
  #carrier: Carrier | undefined
  /** What carried it before; ended when the client has said where he goes on, lest he take its end for that of the next. */
  #before: Carrier | undefined
  #session: Session | undefined
  #rooms: HubRooms | undefined
  #invocations: Invocations | undefined
  #sequence: Sequence | undefined
  #acks: Acks | undefined
  #isOver = false
  /** Runs while the client owes his first words, on his first WebSocket or on the next. */
  #speechless: NodeJS.Timeout
  #hasSpoken = false
  /** When the client was last heard of, or its carrier lost; milliseconds. */
  #heardAt = performance.now()

  constructor(tools: HubTools, connectionId: string, arrival: Arrival, onOver: (closing: Closing) => void) {
    const { trail } = tools
    const { caller } = arrival
    this.#tools = tools
    this.#arrival = arrival
    const carrier = () => (this.#outlet.isPassedOn && !this.#isAwaited ? this.#carrier : undefined)
    this.#follower = new Follower({ trail, connectionId, caller, carrier })
    this.#onOver = onOver
    const { frameRate, maxRooms, maxMessage, bound, stallMs } = tools.limits
    this.#outlet = new Outlet({ bound, stallMs, onSlow: () => this.close('slow') })
    this.#flood = new FloodLimit(frameRate, maxRooms + 2 * frameRate, performance.now())
    this.#reader = new RecordReader(maxMessage)
    // Polls that followed their client's connection from an instance that died begin another one here, and would poll for ever.
    this.#speechless = this.#awaitSpeech()
  }

  get isOver(): boolean {
    return this.#isOver
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

  /** What carries it from now on. */
  begin(carrier: Carrier): void {
    this.#carrier = carrier
    this.#outlet.use(carrier)
  }

  /**
   * Whether another WebSocket may carry it on. Official clients speak as soon as they have the answer to their handshake; one who has not
   * may not have it, and cannot do without.
   */
  get canResume(): boolean {
    return this.#sequence !== undefined && this.#hasSpoken && !this.#isOver
  }

  /** Goes on with another WebSocket, from what each side has of the other. */
  resume(carrier: Carrier): void {
    if (this.#sequence === undefined) return
    this.#endBefore()
    this.#before = this.#carrier
    this.#heardAt = performance.now()
    this.#reader = new RecordReader(this.#tools.limits.maxMessage)
    this.#carrier = carrier
    this.#outlet.use(undefined)
    this.#sequence.awaitNumber()
    clearTimeout(this.#speechless)
    this.#speechless = this.#awaitSpeech()
  }

  /** The carrier is gone. */
  lost(carrier: Carrier): void {
    if (carrier !== this.#carrier || this.#isOver) return
    // Who goes on says where at once. Who did not may be on another connection, from which he must not come back to this one.
    if (!this.canResume || this.#isAwaited) {
      this.#end(this.#isAwaited ? leftBehind : gone)
      return
    }
    clearTimeout(this.#speechless)
    this.#carrier = undefined
    this.#heardAt = performance.now()
    this.#outlet.use(undefined)
  }

  /** The client has gone for good. */
  goodbye(): void {
    this.#end(done)
  }

  /** The client has given a sign of life. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  /** What the client sends, in pieces as they come. */
  receive(text: string): void {
    this.heard()
    try {
      for (const record of this.#reader.read(text)) {
        if (this.#isOver || this.isFlood()) return
        if (this.#session === undefined) this.#shakeHands(record)
        else this.#take(readMessage(record))
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#refuse(error.message)
    }
  }

  /** Counts one thing that the client does; true when it was one too many, and the connection has been ended for it. */
  isFlood(): boolean {
    if (this.#flood.take(performance.now())) return false
    this.close('flood')
    return true
  }

  /** Once in a while: pings, and ends what nobody is heard on. */
  beat(): void {
    const isQuiet = performance.now() - this.#heardAt > this.#tools.limits.clientTimeoutMs
    const isWaitedFor = this.#session === undefined || this.#carrier?.isWatched !== true
    if (isQuiet && isWaitedFor) {
      this.#end(silent)
      return
    }
    if (this.#session !== undefined && this.#carrier?.takesPings) this.#outlet.send(ping)
    this.#follower.refresh()
  }

  deliver(frame: ServerFrame): void {
    if (this.#isOver) return
    const packet = this.#tools.translate(frame)
    if (packet !== undefined) this.#outlet.send(packet)
    if (this.#rooms?.heed(frame) === false) this.#end(unavailable)
    else if (frame.type === 'revoked' && frame.reason === 'token-required') this.#end(revoked)
  }

  close(reason: CloseReason): void {
    this.#end(closingOf(reason))
  }

  #shakeHands(record: string): void {
    const version = readHandshake(record)
    clearTimeout(this.#speechless)
    const { core, readToken, readWish } = this.#tools
    const { caller, conversationId, after, mayResume } = this.#arrival
    this.#outlet.send(handshakeAnswer())
    if (mayResume && version >= resumingVersion) {
      const sequence = new Sequence()
      this.#sequence = sequence
      this.#outlet.keepIn(sequence)
      this.#acks = new Acks(() => this.#outlet.send(ackPacket(sequence.received)))
    }
    const session = new Session(core, this, caller, readToken)
    this.#session = session
    const rooms = new HubRooms(session, this.#follower)
    this.#rooms = rooms
    const send = (packet: Packet) => this.#outlet.send(packet)
    this.#invocations = new Invocations({ rooms, meters: core.meters, readWish, send })
    if (this.#isOver) session.end()
    else if (conversationId !== undefined) rooms.join(conversationId, after, this.#callOfAddress())
  }

  /** Nobody else could tell the client that the conversation in the address is refused. */
  #callOfAddress(): Call {
    return new Call((outcome) => {
      if ('error' in outcome) this.#end(outcome.code === 'unavailable' ? unavailable : refused(outcome.error))
    })
  }

  #take(message: ClientMessage): void {
    const { meters } = this.#tools.core
    this.#hasSpoken = true
    if (this.#sequence !== undefined && !this.#isNew(message, this.#sequence)) return
    switch (message.kind) {
      case 'invocation':
      case 'stream-invocation':
        this.#invocations?.invoke(message)
        return
      case 'ack':
        this.#sequence?.acknowledge(message.sequenceId)
        this.#outlet.settle()
        return
      case 'close':
        this.goodbye()
        return
      case 'ping':
      case 'sequence':
      case 'other':
        meters.framesReceived.inc({ type: message.kind })
        return
      default:
        message satisfies never
    }
  }

  #isNew(message: ClientMessage, sequence: Sequence): boolean {
    const before = sequence.received
    const isNew = sequence.takes(message)
    if (message.kind === 'sequence') this.#goOn(sequence)
    if (sequence.received > before) this.#acks?.owe()
    return isNew
  }

  /**
   * Whether it is another WebSocket's turn, on which the client has not said where he begins. Until then he is told nothing: official
   * clients that give up while they resume leave such a WebSocket open behind them, and would hear all of it beside their next connection,
   * by which they then say where they begin, and hear nothing until they are answered there.
   */
  get #isAwaited(): boolean {
    return this.#sequence?.awaitsNumber ?? false
  }

  #goOn(sequence: Sequence): void {
    clearTimeout(this.#speechless)
    this.#endBefore()
    for (const packet of sequence.again()) this.#carrier?.send(packet)
    this.#outlet.use(this.#carrier)
  }

  #endBefore(): void {
    this.#before?.end(replaced)
    this.#before = undefined
  }

  #awaitSpeech(): NodeJS.Timeout {
    return setTimeout(
      () => this.#end(this.#arrival.mayResume ? leftBehind : silent),
      Math.min(handshakeMs, this.#tools.limits.clientTimeoutMs),
    ).unref()
  }

  #refuse(why: string): void {
    this.#tools.core.meters.framesRefused.inc({ code: 'protocol' })
    if (this.#session === undefined) this.#outlet.send(handshakeAnswer(why))
    this.#end(malformed(why))
  }

  #end(closing: Closing): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#speechless)
    this.#endBefore()
    if (this.#isAwaited) this.#outlet.use(this.#carrier)
    this.#acks?.stop()
    this.#session?.end()
    const { meaning, allowReconnect } = closing
    this.#follower.end(!allowReconnect)
    // Before the handshake there are no messages, and to one who has gone there is nothing to say.
    // An official client that is told to come back by a message resumes the stateful connection, which it has given up at the same time,
    // and leaves that WebSocket open behind it: here the close of the WebSocket says it.
    const isEnough = this.#sequence !== undefined && allowReconnect
    const hasWord = this.#session !== undefined && meaning !== '' && !isEnough
    this.#outlet.close(closing, hasWord ? closePacket(meaning, allowReconnect) : undefined)
    this.#onOver(closing)
  }
}
