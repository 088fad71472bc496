/** Building blocks of protobuf messages. A field is a Buffer; a message is the concatenation of its fields. */

export const EMPTY: Buffer = Buffer.alloc(0)

export function message(...fields: Buffer[]): Buffer {
  return Buffer.concat(fields)
}

export function bytesField(field: number, value: Uint8Array): Buffer {
  const head = varintLength(field << 3) + varintLength(value.length)
  const out = Buffer.allocUnsafe(head + value.length)
  const at = writeVarint(out, writeVarint(out, 0, (field << 3) | 2), value.length)
  out.set(value, at)
  return out
}

export function stringField(field: number, value: string): Buffer {
  return bytesField(field, Buffer.from(value, 'utf8'))
}

export function uintField(field: number, value: number | bigint): Buffer {
  const out = Buffer.allocUnsafe(varintLength(field << 3) + varintLength(value))
  writeVarint(out, writeVarint(out, 0, field << 3), value)
  return out
}

export function varintLength(value: number | bigint): number {
  if (typeof value === 'number') {
    if (value < 0x80) return 1
    if (value < 0x4000) return 2
    if (value < 0x200000) return 3
    if (value < 0x10000000) return 4
    if (value < 0x800000000) return 5
    if (value < 0x40000000000) return 6
    if (value < 0x2000000000000) return 7
    return 8
  }
  let length = 1
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) length++
  return length
}

/** Writes an unsigned integer at an offset; answers the offset behind it. */
export function writeVarint(target: Uint8Array, offset: number, value: number | bigint): number {
  if (typeof value === 'bigint') return writeBigVarint(target, offset, value)
  let rest = value
  let at = offset
  while (rest > 0x7fffffff) {
    target[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest > 0x7f) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at++] = rest
  return at
}

function writeBigVarint(target: Uint8Array, offset: number, value: bigint): number {
  let rest = value
  let at = offset
  while (rest > 0x7fn) {
    target[at++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  target[at++] = Number(rest)
  return at
}
