import { MalformedMessage, type ProtoReader } from './proto-reader.ts'
import { bytesField, message, stringField, uintField } from './proto-writer.ts'

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Reads `event_store.client.UUID` (a string, or two 64-bit halves) as lower-case text. */
export function readEventId(uuid: ProtoReader): string {
  let text: string | undefined
  while (uuid.next()) {
    if (uuid.field === 1) text = fromHalves(uuid.message())
    else if (uuid.field === 2) text = uuid.string()
    else uuid.skip()
  }
  if (text === undefined) throw new MalformedMessage('an id is missing')
  if (CANONICAL.test(text)) return text
  const lower = text.toLowerCase()
  if (CANONICAL.test(lower)) return lower
  throw new MalformedMessage(`'${text.slice(0, 50)}' is not a UUID`)
}

/** `UUID` in the form that clients ask for when they do not want text: most and least significant 64 bits. */
export function structuredId(id: string): Buffer {
  const hex = id.replaceAll('-', '')
  const most = BigInt(`0x${hex.slice(0, 16)}`)
  const least = BigInt(`0x${hex.slice(16)}`)
  return bytesField(1, message(uintField(1, most), uintField(2, least)))
}

export function textId(id: string): Buffer {
  return stringField(2, id)
}

function fromHalves(halves: ProtoReader): string {
  let most = 0n
  let least = 0n
  while (halves.next()) {
    if (halves.field === 1) most = halves.uint64()
    else if (halves.field === 2) least = halves.uint64()
    else halves.skip()
  }
  const hex = most.toString(16).padStart(16, '0') + least.toString(16).padStart(16, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
