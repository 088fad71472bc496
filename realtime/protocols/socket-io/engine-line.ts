import { EventEmitter } from 'node:events'
import type { Socket } from 'socket.io'
import { Drain } from '../drain.ts'
import type { EventPacket } from './packet.ts'

type Connection = Socket['conn']

export interface EngineLineLimits {
  /** Characters that may wait. */
  bound: number
  /** How long it may take nothing at all while it is waited for. */
  stallMs: number
}

export interface EngineLineOptions extends EngineLineLimits {
  connection: Connection
  onSent: () => void
  /** It is over its bound, or has stalled. */
  onSlow: () => void
  /** The client has sent a ping of the WebSocket below, which `ws` has answered. */
  onPing: () => void
}

/** How long a client has to take what waits, and to answer a close, before it is cut off. */
const closeGraceMs = 1000

/** A connection of engine.io to a client, by whatever transport, bounded: engine.io itself would buffer without end. */
export class EngineLine {
  readonly #options: EngineLineOptions
  readonly #drain = new Drain()
  /** What engine.io holds until the transport can take more, and what the transport has taken last. */
  #queued = 0
  #taken = 0
  #isClosed = false
  #isCut = false

  constructor(options: EngineLineOptions) {
    this.#options = options
    const { connection } = options
    connection.on('packetCreate', ({ data }: { data?: unknown }) => this.#count(data))
    connection.on('flush', () => {
      this.#taken = this.#queued
      this.#queued = 0
    })
    this.#heedPings(connection.transport)
    connection.on('upgrade', (transport: object) => this.#heedPings(transport))
    connection.once('close', () => {
      this.#isClosed = true
      this.#drain.settle()
      // The socket below it, which engine.io has closed, waits half a minute for a client that is no more there.
      const websocket = websocketOf(connection.transport)
      setTimeout(() => websocket?.terminate(), closeGraceMs).unref()
    })
  }

  get buffered(): number {
    return this.#queued + (this.#options.connection.transport.writable ? 0 : this.#taken)
  }

  get isFull(): boolean {
    return !this.#isClosed && this.buffered > this.#options.bound / 2
  }

  send(packet: EventPacket): void {
    if (this.#isClosed) return
    const { connection, onSent } = this.#options
    onSent()
    connection.write(packet.text, packet.optionsFor(connection.transport.name), this.#onTaken)
  }

  /** As Peer has it. */
  drained(): Promise<void> | undefined {
    if (this.#isClosed || this.#hasRoom) return undefined
    return this.#drain.wait(this.#options.stallMs, this.#options.onSlow)
  }

  /** Sends what waits, then closes as if the network had: clients connect again by themselves. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { connection } = this.#options
    this.#cutLater()
    connection.close()
    this.#drain.settle()
  }

  /** Sends what waits, and what `last` sends, which ends the connection for good. */
  closeWith(last: () => void): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cutLater()
    last()
    this.#drain.settle()
  }

  /** Cuts it off without a word. */
  cut(): void {
    if (this.#isCut) return
    this.#isClosed = true
    this.#isCut = true
    const { connection } = this.#options
    const websocket = websocketOf(connection.transport)
    connection.close(true)
    websocket?.terminate()
    this.#drain.settle()
  }

  get #hasRoom(): boolean {
    return this.buffered <= this.#options.bound / 4
  }

  /** engine.io says nothing of them. */
  #heedPings(transport: object): void {
    const socket = 'socket' in transport ? transport.socket : undefined
    if (socket instanceof EventEmitter) socket.on('ping', () => this.#options.onPing())
  }

  /** engine.io calls it when the transport has taken a packet. */
  readonly #onTaken = (): void => {
    this.#taken = 0
    if (this.#hasRoom) this.#drain.settle()
  }

  #count(data: unknown): void {
    this.#queued += typeof data === 'string' ? data.length : 1
    if (!this.#isClosed && this.buffered > this.#options.bound) queueMicrotask(this.#options.onSlow)
  }

  #cutLater(): void {
    setTimeout(() => this.cut(), closeGraceMs).unref()
  }
}

/** The socket of `ws` below a transport: engine.io closes it politely, and would keep half a minute what its client does not read. */
function websocketOf(transport: object): { terminate(): void } | undefined {
  const socket = 'socket' in transport ? transport.socket : undefined
  if (typeof socket !== 'object' || socket === null || !('terminate' in socket)) return undefined
  const { terminate } = socket
  return typeof terminate === 'function' ? { terminate: () => terminate.call(socket) } : undefined
}
