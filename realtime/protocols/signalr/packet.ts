import { textFrame } from '../text-frame.ts'
import { messageTypes } from './client-message.ts'
import { separator } from './records.ts'

/** A message on its way to clients, in the form that each transport needs; made once, however many get it. */
export class Packet {
  /** With the separator at its end. */
  readonly text: string
  /** Whether it has a place in the sequence of a connection that resumes by itself: what carries data has, pings and the like have not. */
  readonly isCounted: boolean
  readonly size: number
  #frame: Buffer | undefined

  constructor(text: string, isCounted: boolean) {
    this.text = text + separator
    this.isCounted = isCounted
    this.size = Buffer.byteLength(this.text)
  }

  /** As a whole WebSocket frame. */
  get frame(): Buffer {
    this.#frame ??= textFrame(this.text)
    return this.#frame
  }
}

export const ping = new Packet(JSON.stringify({ type: messageTypes.ping }), false)

/** `error`: why the handshake is refused; without, it is accepted. */
export function handshakeAnswer(error?: string): Packet {
  return new Packet(JSON.stringify(error === undefined ? {} : { error }), false)
}

export function eventPacket(target: string, payload: unknown): Packet {
  return new Packet(JSON.stringify({ type: messageTypes.invocation, target, arguments: [payload] }), true)
}

export function resultPacket(invocationId: string, result: unknown): Packet {
  return new Packet(JSON.stringify({ type: messageTypes.completion, invocationId, result }), true)
}

export function errorPacket(invocationId: string, error: string): Packet {
  return new Packet(JSON.stringify({ type: messageTypes.completion, invocationId, error }), true)
}

export function closePacket(error: string | undefined, allowReconnect: boolean): Packet {
  const about = { ...(error === undefined ? {} : { error }), ...(allowReconnect ? { allowReconnect } : {}) }
  return new Packet(JSON.stringify({ type: messageTypes.close, ...about }), false)
}

export function ackPacket(sequenceId: number): Packet {
  return new Packet(JSON.stringify({ type: messageTypes.ack, sequenceId }), false)
}

export function sequencePacket(sequenceId: number): Packet {
  return new Packet(JSON.stringify({ type: messageTypes.sequence, sequenceId }), false)
}
