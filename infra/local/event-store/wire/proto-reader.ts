/** Thrown when bytes are not the protobuf message that they claim to be. */
export class MalformedMessage extends Error {}

const WIRE_VARINT = 0
const WIRE_FIXED64 = 1
const WIRE_BYTES = 2
const WIRE_FIXED32 = 5

/**
 * Walks the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding) without copying:
 * `bytes` answers views of the buffer that was received.
 */
export class ProtoReader {
  field = 0
  private wire = 0
  private at: number
  private readonly end: number
  private readonly buffer: Buffer

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer
    this.at = start
    this.end = end
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false
    const tag = this.uint()
    this.field = tag >>> 3
    this.wire = tag & 7
    if (this.field === 0) throw new MalformedMessage('field number 0')
    return true
  }

  /** An unsigned integer; beyond 2^53 the nearest double. */
  uint(): number {
    let value = 0
    let scale = 1
    for (let length = 0; length < 10; length++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    throw new MalformedMessage('varint of more than ten bytes')
  }

  /** An unsigned 64-bit integer, exact. */
  uint64(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new MalformedMessage('varint of more than ten bytes')
  }

  bool(): boolean {
    return this.uint() !== 0
  }

  bytes(): Buffer {
    if (this.wire !== WIRE_BYTES) throw new MalformedMessage(`field ${this.field} is not length-delimited`)
    const start = this.bounds()
    return this.buffer.subarray(start, this.at)
  }

  string(): string {
    if (this.wire !== WIRE_BYTES) throw new MalformedMessage(`field ${this.field} is not length-delimited`)
    const start = this.bounds()
    return this.buffer.toString('utf8', start, this.at)
  }

  /** A reader of the embedded message at this field. */
  message(): ProtoReader {
    if (this.wire !== WIRE_BYTES) throw new MalformedMessage(`field ${this.field} is not length-delimited`)
    const start = this.bounds()
    return new ProtoReader(this.buffer, start, this.at)
  }

  skip(): void {
    if (this.wire === WIRE_VARINT) this.uint()
    else if (this.wire === WIRE_BYTES) this.bounds()
    else if (this.wire === WIRE_FIXED64) this.advance(8)
    else if (this.wire === WIRE_FIXED32) this.advance(4)
    else throw new MalformedMessage(`wire type ${this.wire}`)
  }

  private bounds(): number {
    const length = this.uint()
    const start = this.at
    this.advance(length)
    return start
  }

  private advance(length: number): void {
    if (length > this.end - this.at) throw new MalformedMessage('message ends inside a field')
    this.at += length
  }

  private byte(): number {
    if (this.at >= this.end) throw new MalformedMessage('message ends inside a varint')
    return this.buffer[this.at++] as number
  }
}
