import { allPosition } from './append-answers.ts'
import { readStreamIdentifier } from './append-messages.ts'
import { MalformedMessage, ProtoReader } from './proto-reader.ts'
import { bytesField, EMPTY, stringField } from './proto-writer.ts'

export type Start = 'start' | 'end' | number
export type FilterSpec = {
  on: 'stream' | 'type'
  regex: string | undefined
  prefixes: string[]
  /** Considered events between two checkpoints: the client's multiplier times its search window. */
  checkpointInterval: number
}

export type ReadRequest = {
  /** Absent: `$all`. */
  streamName: Buffer | undefined
  from: Start
  backwards: boolean
  resolveLinks: boolean
  /** How many events at most; absent for a subscription. */
  count: number | undefined
  filter: FilterSpec | undefined
  structuredIds: boolean
}

export function readReadRequest(bytes: Buffer): ReadRequest {
  const reader = new ProtoReader(bytes)
  while (reader.next()) {
    if (reader.field === 1) return readOptions(reader.message())
    reader.skip()
  }
  throw new MalformedMessage('no options')
}

export function confirmation(subscriptionId: string): Buffer {
  return bytesField(2, stringField(1, subscriptionId))
}

export function checkpoint(position: number): Buffer {
  return bytesField(3, allPosition(position))
}

export function streamNotFound(streamName: Uint8Array): Buffer {
  return bytesField(4, bytesField(1, bytesField(3, streamName)))
}

export const CAUGHT_UP = bytesField(8, EMPTY)

function readOptions(options: ProtoReader): ReadRequest {
  const request: ReadRequest = {
    streamName: undefined,
    from: 'start',
    backwards: false,
    resolveLinks: false,
    count: undefined,
    filter: undefined,
    structuredIds: true,
  }
  let source: 'stream' | 'all' | undefined
  let subscription = false
  while (options.next()) {
    switch (options.field) {
      case 1:
        source = 'stream'
        readStreamOptions(options.message(), request)
        break
      case 2:
        source = 'all'
        readAllOptions(options.message(), request)
        break
      case 3:
        request.backwards = options.uint() === 1
        break
      case 4:
        request.resolveLinks = options.bool()
        break
      case 5:
        request.count = options.uint()
        break
      case 6:
        subscription = true
        options.skip()
        break
      case 7:
        request.filter = readFilter(options.message())
        break
      case 9:
        request.structuredIds = readsStructured(options.message())
        break
      default:
        options.skip()
    }
  }
  if (source === undefined) throw new MalformedMessage('neither a stream nor $all')
  if (!subscription && request.count === undefined) throw new MalformedMessage('neither a count nor a subscription')
  if (subscription && request.backwards) throw new MalformedMessage('a subscription runs forwards')
  if (source === 'stream' && request.filter) throw new MalformedMessage('filters are for $all')
  return request
}

function readStreamOptions(options: ProtoReader, request: ReadRequest): void {
  request.streamName = EMPTY
  while (options.next()) {
    if (options.field === 1) request.streamName = readStreamIdentifier(options.message())
    else if (options.field === 2) request.from = options.uint()
    else readEdge(options, request, 3)
  }
}

function readAllOptions(options: ProtoReader, request: ReadRequest): void {
  while (options.next()) {
    if (options.field === 1) request.from = readCommitPosition(options.message())
    else readEdge(options, request, 2)
  }
}

function readEdge(options: ProtoReader, request: ReadRequest, startField: number): void {
  if (options.field === startField) request.from = 'start'
  else if (options.field === startField + 1) request.from = 'end'
  options.skip()
}

function readCommitPosition(position: ProtoReader): number {
  let commit = 0
  while (position.next()) {
    if (position.field === 1) commit = position.uint()
    else position.skip()
  }
  return commit
}

const DEFAULT_SEARCH_WINDOW = 32

function readFilter(options: ProtoReader): FilterSpec {
  const filter: FilterSpec = { on: 'type', regex: undefined, prefixes: [], checkpointInterval: 0 }
  let window = DEFAULT_SEARCH_WINDOW
  let multiplier = 1
  while (options.next()) {
    if (options.field === 1 || options.field === 2) {
      filter.on = options.field === 1 ? 'stream' : 'type'
      readExpression(options.message(), filter)
    } else if (options.field === 3) window = options.uint()
    else if (options.field === 5) multiplier = options.uint()
    else options.skip()
  }
  filter.checkpointInterval = Math.max(1, window) * Math.max(1, multiplier)
  return filter
}

function readExpression(expression: ProtoReader, filter: FilterSpec): void {
  while (expression.next()) {
    if (expression.field === 1) filter.regex = expression.string()
    else if (expression.field === 2) filter.prefixes.push(expression.string())
    else expression.skip()
  }
}

function readsStructured(option: ProtoReader): boolean {
  let structured = true
  while (option.next()) {
    if (option.field === 1 || option.field === 2) structured = option.field === 1
    option.skip()
  }
  return structured
}
