/** Reads the fields of one protobuf message, in the order in which they stand. */
export class WireReader {
  private readonly bytes: Buffer
  private at: number
  private readonly end: number
  private wireType = 0
  /** Number of the field at hand, after `next`. */
  field = 0

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** Goes to the next field; false at the end. Each field must then be read or skipped. */
  next(): boolean {
    if (this.at >= this.end) return false
    const tag = this.number()
    this.field = tag >>> 3
    this.wireType = tag & 7
    return true
  }

  /** A varint that fits a number without loss (revisions, lengths). */
  number(): number {
    let value = 0
    let weight = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * weight
      if (byte < 0x80) return value
      weight *= 128
    }
  }

  /** A varint of up to 64 bits. */
  bigint(): bigint {
    const start = this.at
    const value = this.number()
    if (Number.isSafeInteger(value)) return BigInt(value)
    this.at = start
    let exact = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      exact |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return exact
    }
  }

  text(): string {
    const end = this.number() + this.at
    const text = this.bytes.toString('utf8', this.at, end)
    this.at = end
    return text
  }

  message(): WireReader {
    const end = this.number() + this.at
    const message = new WireReader(this.bytes, this.at, end)
    this.at = end
    return message
  }

  skip(): void {
    if (this.wireType === 0) this.number()
    else if (this.wireType === 1) this.at += 8
    else if (this.wireType === 2) this.message()
    else if (this.wireType === 5) this.at += 4
    else throw new Error(`The event store sent a field of wire type ${this.wireType}`)
  }

  private byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined || this.at >= this.end) throw new Error('The event store sent a message that ends too early')
    this.at += 1
    return byte
  }
}
