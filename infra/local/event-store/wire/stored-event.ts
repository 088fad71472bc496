import { structuredId } from './event-id.ts'
import { ProtoReader } from './proto-reader.ts'
import { bytesField, message, uintField, varintLength, writeVarint } from './proto-writer.ts'

/** An event as a client proposes it. */
export type ProposedEvent = {
  id: string
  type: string
  json: boolean
  data: Uint8Array
  metadata: Uint8Array
}

/** What the server adds when it stores one. */
export type Placement = {
  stream: Uint8Array
  /** A bigint only for the tombstone, whose revision is 2^63 - 1. */
  revision: number | bigint
  position: number
  /** 100-ns ticks since the Unix epoch. */
  created: string
}

const JSON_TYPE = metadataEntry('content-type', Buffer.from('application/json'))
const BINARY_TYPE = metadataEntry('content-type', Buffer.from('application/octet-stream'))
const ID_FIELD_LENGTH = 40
const CREATED_KEY = Buffer.concat([Buffer.from([0x0a, 7]), Buffer.from('created')])
const TYPE_KEY = Buffer.concat([Buffer.from([0x0a, 4]), Buffer.from('type')])

/**
 * Encodes an event as the `ReadResp` that will carry it, once, when it is written: reads then copy bytes and encode
 * nothing. Fields stand in the order id, stream, revision, positions, type …, so that a filter looks at the first few
 * fields only, and custom metadata and data come last, uncompressed and in one piece.
 */
export function encodeEvent(event: ProposedEvent, placement: Placement): Buffer {
  const { stream, revision, position, created } = placement
  const type = Buffer.from(event.type, 'utf8')
  const contentType = event.json ? JSON_TYPE : BINARY_TYPE
  const positionLength = varintLength(position)
  const streamField = 1 + varintLength(stream.length) + stream.length
  const typeEntry = TYPE_KEY.length + 1 + varintLength(type.length) + type.length
  const createdEntry = CREATED_KEY.length + 1 + 1 + created.length
  const recorded =
    ID_FIELD_LENGTH +
    (1 + varintLength(streamField) + streamField) +
    (1 + varintLength(revision)) +
    2 * (1 + positionLength) +
    (1 + varintLength(typeEntry) + typeEntry) +
    contentType.length +
    (2 + createdEntry) +
    bytesLength(event.metadata) +
    bytesLength(event.data)
  const readEvent = 1 + varintLength(recorded) + recorded + 1 + positionLength
  const out = Buffer.allocUnsafe(1 + varintLength(readEvent) + readEvent)

  let at = tagged(out, 0, 0x0a, readEvent)
  at = tagged(out, at, 0x0a, recorded)
  at = tagged(out, at, 0x0a, ID_FIELD_LENGTH - 2)
  at = tagged(out, at, 0x12, 36)
  at += out.write(event.id, at, 'latin1')
  at = tagged(out, at, 0x12, streamField)
  at = tagged(out, at, 0x1a, stream.length)
  at = put(out, at, stream)
  at = tagged(out, at, 0x18, revision)
  at = tagged(out, at, 0x20, position)
  at = tagged(out, at, 0x28, position)
  at = tagged(out, at, 0x32, typeEntry)
  at = put(out, at, TYPE_KEY)
  at = tagged(out, at, 0x12, type.length)
  at = put(out, at, type)
  at = put(out, at, contentType)
  at = tagged(out, at, 0x32, createdEntry)
  at = put(out, at, CREATED_KEY)
  at = tagged(out, at, 0x12, created.length)
  at += out.write(created, at, 'latin1')
  at = putBytes(out, at, 0x3a, event.metadata)
  at = putBytes(out, at, 0x42, event.data)
  tagged(out, at, 0x18, position)
  return out
}

export type EventHeader = { id: string; stream: string; type: string }

/** Id, stream and type of a stored event, without touching its payload. */
export function readHeader(stored: Buffer): EventHeader {
  const recorded = recordedOf(stored)
  const header: EventHeader = { id: '', stream: '', type: '' }
  while (recorded.next()) {
    if (recorded.field === 1) header.id = lastString(recorded.message(), 2)
    else if (recorded.field === 2) header.stream = lastString(recorded.message(), 3)
    else if (recorded.field === 6) {
      header.type = lastString(recorded.message(), 2)
      break
    } else recorded.skip()
  }
  return header
}

export type EventContent = EventHeader & { revision: bigint; created: number; data: Buffer }

/** All that the server itself ever needs of an event; `created` in milliseconds. */
export function readContent(stored: Buffer): EventContent {
  const content: EventContent = { ...readHeader(stored), revision: 0n, created: 0, data: Buffer.alloc(0) }
  const recorded = recordedOf(stored)
  while (recorded.next()) {
    if (recorded.field === 3) content.revision = recorded.uint64()
    else if (recorded.field === 6) readCreated(recorded.message(), content)
    else if (recorded.field === 8) content.data = recorded.bytes()
    else recorded.skip()
  }
  return content
}

/** The same event with its id as two 64-bit halves, for clients that ask for that form. */
export function withStructuredId(stored: Buffer): Buffer {
  const recorded = recordedBytes(stored)
  const fields = recorded.subarray(ID_FIELD_LENGTH)
  const id = bytesField(1, structuredId(recorded.toString('latin1', 4, ID_FIELD_LENGTH)))
  return eventResponse({ event: message(id, fields), position: positionOf(stored) })
}

/** A `ReadResp` for a resolved link; `event` is absent when the link leads nowhere. */
export function resolvedLink(link: Buffer, event: Buffer | undefined): Buffer {
  return eventResponse({
    ...(event && { event: recordedBytes(event) }),
    link: recordedBytes(link),
    position: positionOf(link),
  })
}

function eventResponse(parts: { event?: Buffer; link?: Buffer; position: number }): Buffer {
  const fields: Buffer[] = []
  if (parts.event) fields.push(bytesField(1, parts.event))
  if (parts.link) fields.push(bytesField(2, parts.link))
  fields.push(uintField(3, parts.position))
  return bytesField(1, message(...fields))
}

export function positionOf(stored: Buffer): number {
  const recorded = recordedOf(stored)
  while (recorded.next()) {
    if (recorded.field === 4) return recorded.uint()
    recorded.skip()
  }
  return 0
}

function recordedOf(stored: Buffer): ProtoReader {
  const response = new ProtoReader(stored)
  response.next()
  const readEvent = response.message()
  readEvent.next()
  return readEvent.message()
}

function recordedBytes(stored: Buffer): Buffer {
  const response = new ProtoReader(stored)
  response.next()
  const readEvent = response.message()
  readEvent.next()
  return readEvent.bytes()
}

function readCreated(entry: ProtoReader, content: EventContent): void {
  entry.next()
  if (entry.string() !== 'created') return
  entry.next()
  content.created = Number(entry.string()) / 10_000
}

function lastString(reader: ProtoReader, field: number): string {
  let text = ''
  while (reader.next()) {
    if (reader.field === field) text = reader.string()
    else reader.skip()
  }
  return text
}

function metadataEntry(key: string, value: Uint8Array): Buffer {
  return bytesField(6, message(bytesField(1, Buffer.from(key)), bytesField(2, value)))
}

function bytesLength(value: Uint8Array): number {
  return value.length === 0 ? 0 : 1 + varintLength(value.length) + value.length
}

function tagged(out: Buffer, at: number, tag: number, value: number | bigint): number {
  out[at] = tag
  return writeVarint(out, at + 1, value)
}

function put(out: Buffer, at: number, value: Uint8Array): number {
  out.set(value, at)
  return at + value.length
}

function putBytes(out: Buffer, at: number, tag: number, value: Uint8Array): number {
  return value.length === 0 ? at : put(out, tagged(out, at, tag, value.length), value)
}
