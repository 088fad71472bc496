import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Outbox } from './outbox.ts'

/** How long a client has to answer a close before it is cut off. */
const closeGraceMs = 1000

/** How a line is closed: by a code of RFC 6455, with words for whoever debugs the client. */
export interface LineEnd {
  /** As the metrics name it. */
  reason: string
  code: number
  meaning: string
}

const normal = 1000
/** Tells a probe from a heartbeat. */
const probe = 'probe'
/** The ping as RFC 6455 puts it on the wire: there may be thousands a second, and ws would make each anew. */
const probeFrame = Buffer.from([0x89, probe.length, ...Buffer.from(probe)])

export interface WsLineOptions {
  socket: WebSocket
  /** The connection below it, to which whole frames are written: ws itself would frame the same text again for every socket. */
  wire: Duplex
  outbox: Outbox<WsLine>
  /** Bytes that may wait. */
  bound: number
  onSent: (frames: number) => void
  onCut: (reason: string) => void
  /** How long it may take nothing at all while it is waited for. */
  stallMs: number
  /** It is over its bound, or has stalled. */
  onSlow: () => void
}

/**
 * A WebSocket to a client, bounded. Frames are gathered for a turn of the event loop, and written at once. Writing beside ws is sound
 * while ws neither compresses nor masks, so that each of its own writes (ping, pong, close) is a whole frame too.
 */
export class WsLine {
  /** Whether it has answered since it was last pinged. */
  alive = true
  readonly #options: WsLineOptions
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #closed = false
  /** Who waits for the answer to a probe that is under way, and who for the next one. */
  #probing: (() => void) | undefined
  #next: (() => void) | undefined

  constructor(options: WsLineOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return !this.#closed && this.buffered > this.#options.bound / 2
  }

  get buffered(): number {
    return this.#waitingBytes + this.#options.wire.writableLength
  }

  /** Queues a whole WebSocket frame. */
  send(bytes: Buffer): void {
    if (this.#closed) return
    const { outbox, bound, onSlow } = this.#options
    if (this.#waiting.length === 0) outbox.add(this)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.buffered > bound) onSlow()
  }

  /** As Peer has it. */
  drained(): Promise<void> | undefined {
    const { wire, bound, stallMs, onSlow } = this.#options
    const high = bound / 4
    if (this.#closed || this.buffered <= high) return undefined
    this.flush()
    if (wire.writableLength <= high || wire.destroyed) return undefined
    return new Promise((resolve) => {
      const stalled = setTimeout(onSlow, stallMs)
      const settle = () => {
        clearTimeout(stalled)
        wire.off('drain', settle)
        wire.off('close', settle)
        resolve()
      }
      wire.on('drain', settle)
      wire.on('close', settle)
    })
  }

  /** Writes what waits, then closes; nothing is sent afterwards. */
  close({ reason, code, meaning }: LineEnd): void {
    if (this.#closed) return
    const { socket, onCut } = this.#options
    this.flush()
    this.#closed = true
    if (code !== normal) onCut(reason)
    socket.close(code, meaning.slice(0, 120))
    setTimeout(() => socket.terminate(), closeGraceMs).unref()
  }

  /** Writes what was gathered. */
  flush(): void {
    const { socket, wire, onSent } = this.#options
    const frames = this.#waiting
    if (frames.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    if (this.#closed || socket.readyState !== socket.OPEN || wire.destroyed) return
    onSent(frames.length)
    if (frames.length === 1 && frames[0]) {
      wire.write(frames[0])
      return
    }
    wire.cork()
    for (const frame of frames) wire.write(frame)
    wire.uncork()
  }

  /** Pings; false when the last ping was not answered. */
  beat(): boolean {
    if (!this.alive) return false
    this.alive = false
    if (!this.#closed) this.#options.socket.ping()
    return true
  }

  /** Calls back when the client has received all that was sent so far: it answers pings in order. Of several that wait, the last counts. */
  probe(onReceived: () => void): void {
    if (this.#closed) return
    if (this.#probing !== undefined) {
      this.#next = onReceived
      return
    }
    this.#probing = onReceived
    const { socket, wire } = this.#options
    wire.cork()
    this.flush()
    if (socket.readyState === socket.OPEN && !wire.destroyed) wire.write(probeFrame)
    wire.uncork()
  }

  /** The client has answered a ping. */
  answered(data: Buffer): void {
    this.alive = true
    if (String(data) !== probe) return
    const [received, next] = [this.#probing, this.#next]
    this.#probing = undefined
    this.#next = undefined
    received?.()
    if (next !== undefined) this.probe(next)
  }

  /** Cuts the connection off without a word. */
  terminate(): void {
    this.#closed = true
    this.#options.socket.terminate()
  }
}
