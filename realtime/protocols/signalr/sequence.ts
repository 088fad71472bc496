import type { ClientMessage } from './client-message.ts'
import { type Packet, sequencePacket } from './packet.ts'
import { Malformed } from './records.ts'

interface Sent {
  id: number
  packet: Packet
}

/**
 * What lets a connection outlive its WebSocket ("stateful reconnect" of SignalR): both sides number what they send without saying the
 * numbers, keep it until the other has acknowledged it, and send it again on the next WebSocket, beginning with the number of the first.
 */
export class Sequence {
  #kept: Sent[] = []
  #keptBytes = 0
  #lastSent = 0
  /** The number that the next message of the client has, and the highest that it has had. */
  #next = 1
  #highest = 0
  #awaitsNumber = false
  /** Since when the client has owed an acknowledgement and given none; milliseconds, while something is kept. */
  #owedSince = 0

  /** Bytes that the client has not acknowledged. */
  get buffered(): number {
    return this.#keptBytes
  }

  /** The last number that came from the client. */
  get received(): number {
    return this.#highest
  }

  keep(packet: Packet): void {
    if (!packet.isCounted) return
    if (this.#kept.length === 0) this.#owedSince = performance.now()
    this.#lastSent += 1
    this.#kept.push({ id: this.#lastSent, packet })
    this.#keptBytes += packet.size
  }

  /** For how long the client has acknowledged nothing of what he was sent; milliseconds. */
  get owedMs(): number {
    return this.#kept.length === 0 ? 0 : performance.now() - this.#owedSince
  }

  /** All that the client has not acknowledged. */
  get kept(): Packet[] {
    return this.#kept.map(({ packet }) => packet)
  }

  /** The client has everything up to this number. */
  acknowledge(id: number): void {
    const first = this.#kept.findIndex((sent) => sent.id > id)
    const had = this.#kept.splice(0, first < 0 ? this.#kept.length : first)
    for (const { packet } of had) this.#keptBytes -= packet.size
    if (had.length > 0) this.#owedSince = performance.now()
  }

  /** Whether the client has yet to say where he begins on a new WebSocket. */
  get awaitsNumber(): boolean {
    return this.#awaitsNumber
  }

  /** On a new WebSocket: what the client says there counts from the number that he names first. */
  awaitNumber(): void {
    this.#awaitsNumber = true
  }

  /** What answers a client who says where he begins: where this side begins, and from there on all that he has not acknowledged. */
  again(): Packet[] {
    this.#owedSince = performance.now()
    const first = this.#kept[0]?.id ?? this.#lastSent + 1
    return [sequencePacket(first), ...this.kept]
  }

  /** Whether a message of the client is new. Throws Malformed when it leaves some out. */
  takes(message: ClientMessage): boolean {
    if (message.kind === 'sequence') {
      if (message.sequenceId > this.#next) throw new Malformed('The sequence leaves out messages that never came.')
      this.#next = message.sequenceId
      this.#awaitsNumber = false
      return false
    }
    if (this.#awaitsNumber) return false
    if (!isCounted(message)) return true
    const id = this.#next
    this.#next += 1
    if (id <= this.#highest) return false
    this.#highest = id
    return true
  }
}

function isCounted(message: ClientMessage): boolean {
  if (message.kind === 'other') return message.isCounted
  return message.kind === 'invocation' || message.kind === 'stream-invocation'
}
