import type { CloseReason, ServerFrame } from '../../../schemas/realtime/frames.ts'
import type { Peer } from '../../peer.ts'
import { Session } from '../../session.ts'
import { FloodLimit } from '../flood-limit.ts'
import { Call } from './calls.ts'
import { Carriage } from './carriage.ts'
import type { Carrier } from './carrier.ts'
import { type ClientMessage, isSequence, readHandshake, readMessage, resumingVersion } from './client-message.ts'
import {
  type Closing,
  closingOf,
  done,
  elsewhere,
  leftBehind,
  malformed,
  refused,
  revoked,
  silent,
  unavailable,
} from './closings.ts'
import { Follower } from './follower.ts'
import { HubRooms } from './hub-rooms.ts'
import type { Arrival, HubTools } from './hub-tools.ts'
import { Invocations } from './invocations.ts'
import { closePacket, handshakeAnswer, type Packet, ping } from './packet.ts'
import { Malformed, RecordReader } from './records.ts'

/** One client of the hub, whatever carries it: its handshake, its calls, and what it is told. */
export class HubConnection implements Peer {
  readonly #tools: HubTools
  readonly #arrival: Arrival
  readonly #onOver: (closing: Closing) => void
  readonly #carriage: Carriage
  readonly #flood: FloodLimit
  readonly #follower: Follower
  #reader: RecordReader
  #session: Session | undefined
  #rooms: HubRooms | undefined
  #invocations: Invocations | undefined
  #isStateful = false
  #isOver = false
  /** When the client was last heard of, or its carrier lost; milliseconds. */
  #heardAt = performance.now()

  constructor(tools: HubTools, connectionId: string, arrival: Arrival, onOver: (closing: Closing) => void) {
    const { trail, limits } = tools
    const { caller } = arrival
    this.#tools = tools
    this.#arrival = arrival
    this.#onOver = onOver
    const onSlow = () => this.close('slow')
    this.#carriage = new Carriage({ limits, arrival, onSlow, onOver: (closing) => this.#end(closing) })
    this.#follower = new Follower({ trail, connectionId, caller, carrier: () => this.#carriage.handed })
    const { frameRate, maxRooms, maxMessage } = limits
    this.#flood = new FloodLimit(frameRate, maxRooms + 2 * frameRate, performance.now())
    this.#reader = new RecordReader(maxMessage)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isFull(): boolean {
    return this.#carriage.isFull
  }

  get buffered(): number {
    return this.#carriage.buffered
  }

  drained(): Promise<void> | undefined {
    return this.#carriage.drained()
  }

  /** Whether another WebSocket may carry it on. */
  get canResume(): boolean {
    return !this.#isOver && this.#carriage.canResume
  }

  /** Whether another WebSocket is there, and its client has not said what of this connection he has. */
  get isAsked(): boolean {
    return !this.#isOver && this.#carriage.isAsked
  }

  /** Resolves when the client has answered by what carries it, or that is gone, or nothing has come for so long. */
  asked(withinMs: number): Promise<void> {
    return this.#carriage.asked(withinMs)
  }

  /** Whether this is what carries it now. */
  isOn(carrier: Carrier): boolean {
    return this.#carriage.isOn(carrier)
  }

  /** What carries it from now on. */
  begin(carrier: Carrier): void {
    this.#carriage.begin(carrier)
  }

  /** Goes on with another WebSocket, from what each side has of the other. */
  resume(carrier: Carrier): void {
    this.heard()
    this.#reader = new RecordReader(this.#tools.limits.maxMessage)
    this.#carriage.resume(carrier)
  }

  /** The carrier is gone; with `isStop`, the client has closed it. */
  lost(carrier: Carrier, isStop = false): void {
    if (this.#isOver) return
    this.heard()
    this.#carriage.lost(carrier, isStop)
  }

  /** The client is on another connection. */
  leave(): void {
    this.#end(leftBehind)
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
    const isWaitedFor = this.#session === undefined || !this.#carriage.isWatched
    if (isQuiet && isWaitedFor) {
      this.#end(silent)
      return
    }
    if (this.#carriage.isForgotten) {
      this.leave()
      return
    }
    if (this.#session !== undefined && this.#carriage.takesPings) this.#carriage.send(ping)
    this.#follower.refresh()
  }

  deliver(frame: ServerFrame): void {
    if (this.#isOver) return
    const packet = this.#tools.translate(frame)
    if (packet !== undefined) this.#carriage.send(packet)
    if (this.#rooms?.heed(frame) === false) this.#end(unavailable)
    else if (frame.type === 'revoked' && frame.reason === 'token-required') this.#end(revoked)
  }

  close(reason: CloseReason): void {
    this.#end(closingOf(reason))
  }

  #shakeHands(record: string): void {
    if (this.#arrival.mayResume && isSequence(record)) {
      this.#end(elsewhere)
      return
    }
    const version = readHandshake(record)
    const { core, readToken, readWish } = this.#tools
    const { caller, conversationId, after, mayResume } = this.#arrival
    this.#carriage.send(handshakeAnswer())
    this.#isStateful = mayResume && version >= resumingVersion
    this.#carriage.shaken(this.#isStateful)
    const session = new Session(core, this, caller, readToken)
    this.#session = session
    const rooms = new HubRooms(session, this.#follower)
    this.#rooms = rooms
    const send = (packet: Packet) => this.#carriage.send(packet)
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
    if (!this.#carriage.takes(message)) return
    switch (message.kind) {
      case 'invocation':
      case 'stream-invocation':
        this.#invocations?.invoke(message)
        return
      case 'ack':
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

  #refuse(why: string): void {
    this.#tools.core.meters.framesRefused.inc({ code: 'protocol' })
    if (this.#session === undefined) this.#carriage.send(handshakeAnswer(why))
    this.#end(malformed(why))
  }

  #end(closing: Closing): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#session?.end()
    const { meaning, allowReconnect } = closing
    this.#follower.end(!allowReconnect)
    // Before the handshake there are no messages, and to one who has gone there is nothing to say.
    // An official client that is told to come back by a message resumes the stateful connection, which it has given up at the same time,
    // and leaves that WebSocket open behind it: here the close of the WebSocket says it.
    const isEnough = this.#isStateful && allowReconnect
    const hasWord = this.#session !== undefined && meaning !== '' && !isEnough
    this.#carriage.end(closing, hasWord ? closePacket(meaning, allowReconnect) : undefined)
    this.#onOver(closing)
  }
}
