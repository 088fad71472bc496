import { readEventId } from './event-id.ts'
import { MalformedMessage, ProtoReader } from './proto-reader.ts'
import { EMPTY } from './proto-writer.ts'
import type { ProposedEvent } from './stored-event.ts'

export type ExpectedRevision = 'any' | 'no_stream' | 'stream_exists' | bigint

/** The options that Append, BatchAppend, Delete and Tombstone share: the field numbers are the same in all four. */
export type WriteOptions = {
  streamName: Buffer
  expected: ExpectedRevision
  /** Milliseconds since the epoch, after which a write that has not begun must not begin. */
  deadline: number | undefined
}

export function readWriteOptions(options: ProtoReader): WriteOptions {
  let streamName = EMPTY
  let expected: ExpectedRevision | undefined
  let deadline: number | undefined
  while (options.next()) {
    if (options.field === 1) streamName = readStreamIdentifier(options.message())
    else if (options.field === 2) expected = options.uint64()
    else if (options.field === 3) expected = emptyField(options, 'no_stream')
    else if (options.field === 4) expected = emptyField(options, 'any')
    else if (options.field === 5) expected = emptyField(options, 'stream_exists')
    else if (options.field === 6) deadline = readSeconds(options.message())
    else if (options.field === 7) deadline = Date.now() + readSeconds(options.message())
    else options.skip()
  }
  if (expected === undefined) throw new MalformedMessage('no expected revision')
  return { streamName, expected, deadline }
}

export function readStreamIdentifier(identifier: ProtoReader): Buffer {
  let name = EMPTY
  while (identifier.next()) {
    if (identifier.field === 3) name = identifier.bytes()
    else identifier.skip()
  }
  return name
}

/** One message of the unary-answer Append: first the options, then events. */
export type AppendMessage = { options?: WriteOptions; event?: ProposedEvent }

export function readAppendMessage(bytes: Buffer): AppendMessage {
  const reader = new ProtoReader(bytes)
  const result: AppendMessage = {}
  while (reader.next()) {
    if (reader.field === 1) result.options = readWriteOptions(reader.message())
    else if (reader.field === 2) result.event = readProposedEvent(reader.message())
    else reader.skip()
  }
  return result
}

export type BatchAppendChunk = {
  /** The id's message as it came, to be sent back unchanged. */
  correlation: Buffer
  correlationId: string
  /** Its options, events and end are read later, so that a malformed chunk can still be answered by its id. */
  body: ProtoReader
}

export function readBatchAppendChunk(bytes: Buffer): BatchAppendChunk {
  const reader = new ProtoReader(bytes)
  while (reader.next()) {
    if (reader.field === 1) {
      const correlation = reader.bytes()
      return { correlation, correlationId: readEventId(new ProtoReader(correlation)), body: new ProtoReader(bytes) }
    }
    reader.skip()
  }
  throw new MalformedMessage('no correlation id')
}

export type BatchAppendBody = { options: WriteOptions | undefined; events: ProposedEvent[]; final: boolean }

export function readBatchAppendBody(reader: ProtoReader): BatchAppendBody {
  const body: BatchAppendBody = { options: undefined, events: [], final: false }
  while (reader.next()) {
    if (reader.field === 2) body.options = readWriteOptions(reader.message())
    else if (reader.field === 3) body.events.push(readProposedEvent(reader.message()))
    else if (reader.field === 4) body.final = reader.bool()
    else reader.skip()
  }
  return body
}

/** Delete and Tombstone carry nothing but options. */
export function readDeleteOptions(bytes: Buffer): WriteOptions {
  const reader = new ProtoReader(bytes)
  while (reader.next()) {
    if (reader.field === 1) return readWriteOptions(reader.message())
    reader.skip()
  }
  throw new MalformedMessage('no options')
}

/** An event came without its type or content type. */
export class MissingMetadata extends Error {
  readonly property: 'type' | 'content-type'

  constructor(property: 'type' | 'content-type') {
    super(`Required Metadata Property '${property}' is missing`)
    this.property = property
  }
}

function readProposedEvent(reader: ProtoReader): ProposedEvent {
  let id: string | undefined
  let type: string | undefined
  let contentType: string | undefined
  let data = EMPTY
  let metadata = EMPTY
  while (reader.next()) {
    if (reader.field === 1) id = readEventId(reader.message())
    else if (reader.field === 2) {
      const entry = readEntry(reader.message())
      if (entry.key === 'type') type = entry.value
      else if (entry.key === 'content-type') contentType = entry.value
    } else if (reader.field === 3) metadata = reader.bytes()
    else if (reader.field === 4) data = reader.bytes()
    else reader.skip()
  }
  if (id === undefined) throw new MalformedMessage('an event has no id')
  if (type === undefined) throw new MissingMetadata('type')
  if (contentType === undefined) throw new MissingMetadata('content-type')
  return { id, type, json: contentType === 'application/json', data, metadata }
}

function readEntry(reader: ProtoReader): { key: string; value: string } {
  let key = ''
  let value = ''
  while (reader.next()) {
    if (reader.field === 1) key = reader.string()
    else if (reader.field === 2) value = reader.string()
    else reader.skip()
  }
  return { key, value }
}

function emptyField<T>(reader: ProtoReader, value: T): T {
  reader.skip()
  return value
}

/** `Timestamp` and `Duration` look alike on the wire; answers milliseconds. */
function readSeconds(reader: ProtoReader): number {
  let milliseconds = 0
  while (reader.next()) {
    if (reader.field === 1) milliseconds += reader.uint() * 1000
    else if (reader.field === 2) milliseconds += Math.floor(reader.uint() / 1_000_000)
    else reader.skip()
  }
  return milliseconds
}
