import type { EventStoreDBClient } from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import type { LogPosition } from '../../../schemas/envelope.ts'
import { type BatchStream, openBatch } from './client.ts'
import type { ProposedEvent } from './stored.ts'
import { within } from './time-limit.ts'

/** How one try to append ended. `unknown`: it may have been stored, or may be yet. */
export type Outcome =
  | { kind: 'stored'; position: LogPosition | undefined }
  | { kind: 'wrong-revision' }
  | { kind: 'too-large' }
  | { kind: 'refused'; reason: string }
  | { kind: 'unknown'; reason: string }

export interface Try {
  stream: string
  /** -1: the stream must not exist. */
  expected: number
  events: readonly ProposedEvent[]
  timeoutMs: number
}

/** Appends over one long BatchAppend call, opened at the first try and again after each failure. Never throws. */
export interface BatchAppender {
  append(attempt: Try): Promise<Outcome>
  close(): Promise<void>
}

interface Line {
  call: BatchStream
  pending: Map<number, (outcome: Outcome) => void>
  /** How many answers have come; a time-out during which none came means that the line is dead. */
  heard: number
  broken: boolean
}

export function createBatchAppender(client: EventStoreDBClient): BatchAppender {
  let opening: Promise<Line> | undefined
  let count = 0

  const lineOf = async (): Promise<Line> => {
    for (;;) {
      opening ??= openLine(client)
      const mine = opening
      try {
        const line = await mine
        if (!line.broken) return line
        if (opening === mine) opening = undefined
      } catch (error) {
        if (opening === mine) opening = undefined
        throw error
      }
    }
  }

  return {
    async append({ stream, expected, events, timeoutMs }) {
      let line: Line
      try {
        line = await within(timeoutMs, lineOf(), 'no connection')
      } catch (error) {
        return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) }
      }
      count += 1
      return send(line, count, timeoutMs, requestOf(count, stream, expected, events))
    },

    async close() {
      const mine = opening
      opening = undefined
      if (mine) (await mine).call.end()
    },
  }
}

async function openLine(client: EventStoreDBClient): Promise<Line> {
  const line: Line = { call: await openBatch(client), pending: new Map(), heard: 0, broken: false }
  const fail = (reason: string) => {
    line.broken = true
    for (const settle of line.pending.values()) settle({ kind: 'unknown', reason })
    line.pending.clear()
  }
  line.call
    .on('data', (answer: streams.BatchAppendResp) => {
      line.heard += 1
      const id = countOf(answer.getCorrelationId())
      const settle = line.pending.get(id)
      line.pending.delete(id)
      settle?.(outcomeOf(answer))
    })
    .on('error', (error) => fail(error.message))
    .on('end', () => {
      fail('the store ended the call')
      line.call.end()
    })
  return line
}

function send(line: Line, id: number, timeoutMs: number, request: streams.BatchAppendReq): Promise<Outcome> {
  return new Promise((resolve) => {
    const heard = line.heard
    const timer = setTimeout(() => {
      line.pending.delete(id)
      resolve({ kind: 'unknown', reason: `no answer within ${timeoutMs} ms` })
      // Nothing at all came meanwhile: the next try shall have a new connection.
      if (line.heard === heard) {
        line.broken = true
        line.call.cancel()
      }
    }, timeoutMs)
    line.pending.set(id, (outcome) => {
      clearTimeout(timer)
      resolve(outcome)
    })
    line.call.write(request)
  })
}

/** Ids of this process's tries on its own calls; a counter in the form of a UUID is unique enough, and cheap. */
function correlationId(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`
}

/** The server may answer an id as text, or as two halves of 64 bits. */
function countOf(uuid: shared.UUID | undefined): number {
  const halves = uuid?.getStructured()
  if (halves) return Number(BigInt.asUintN(48, BigInt(halves.getLeastSignificantBits())))
  return Number.parseInt(uuid?.getString().slice(-12) ?? '', 16)
}

function requestOf(count: number, stream: string, expected: number, events: readonly ProposedEvent[]) {
  const options = new streams.BatchAppendReq.Options()
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
  if (expected < 0) options.setNoStream(new empty.Empty())
  else options.setStreamPosition(String(expected))
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(correlationId(count)))
    .setOptions(options)
    .setProposedMessagesList(events.map(messageOf))
    .setIsFinal(true)
}

function messageOf({ id, type, data, metadata }: ProposedEvent): streams.BatchAppendReq.ProposedMessage {
  const message = new streams.BatchAppendReq.ProposedMessage()
  message.setId(new shared.UUID().setString(id))
  message.getMetadataMap().set('type', type).set('content-type', 'application/json')
  message.setData(data)
  message.setCustomMetadata(metadata)
  return message
}

function outcomeOf(answer: streams.BatchAppendResp): Outcome {
  const success = answer.getSuccess()
  if (success) {
    const position = success.getPosition()
    return {
      kind: 'stored',
      position: position && {
        commit: BigInt(position.getCommitPosition()),
        prepare: BigInt(position.getPreparePosition()),
      },
    }
  }
  const error = answer.getError()
  const kind = error?.getDetails()?.getTypeName() ?? ''
  switch (kind) {
    case 'event_store.client.WrongExpectedVersion':
      return { kind: 'wrong-revision' }
    case 'event_store.client.MaximumAppendSizeExceeded':
      return { kind: 'too-large' }
    case 'event_store.client.StreamDeleted':
      return { kind: 'refused', reason: 'the stream was deleted' }
    case 'event_store.client.AccessDenied':
      return { kind: 'refused', reason: 'access denied' }
    default:
      return { kind: 'unknown', reason: error?.getMessage() || kind || 'an answer without meaning' }
  }
}
