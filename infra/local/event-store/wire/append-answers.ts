import type { ExpectedRevision } from './append-messages.ts'
import { bytesField, EMPTY, message, stringField, uintField, varintLength, writeVarint } from './proto-writer.ts'

/** Where a write ended: the stream's last revision (-1: it has none) and the last event's position, if any was written. */
export type WriteResult = { revision: number; position: number | undefined }

export function appendSucceeded(result: WriteResult): Buffer {
  return bytesField(1, success(result))
}

export function appendWrongVersion(current: number, expected: ExpectedRevision): Buffer {
  const currentField = current < 0 ? bytesField(7, EMPTY) : uintField(6, current)
  return bytesField(2, message(currentField, expectedField(expected, { revision: 8, any: 9, exists: 10, none: 11 })))
}

/** `DeleteResp` and `TombstoneResp` are one message under two names. */
export function deleteSucceeded(position: number | undefined): Buffer {
  return position === undefined ? bytesField(2, EMPTY) : bytesField(1, allPosition(position))
}

/** Correlation id and stream of a batch append, ready to stand in its answer. */
export function batchAnswerFrame(correlation: Uint8Array, streamName: Uint8Array): Buffer {
  return message(bytesField(1, correlation), bytesField(4, bytesField(3, streamName)))
}

/** The hot answer: written by hand, in one allocation. */
export function batchSucceeded(frame: Buffer, result: WriteResult): Buffer {
  if (result.revision < 0 || result.position === undefined) return message(frame, bytesField(3, success(result)))
  const positionLength = 2 * (1 + varintLength(result.position))
  const length = 1 + varintLength(result.revision) + 2 + positionLength
  const out = Buffer.allocUnsafe(frame.length + 2 + length)
  out.set(frame, 0)
  let at = frame.length
  out[at++] = 0x1a
  out[at++] = length
  out[at++] = 0x08
  at = writeVarint(out, at, result.revision)
  out[at++] = 0x1a
  out[at++] = positionLength
  out[at++] = 0x08
  at = writeVarint(out, at, result.position)
  out[at++] = 0x10
  writeVarint(out, at, result.position)
  return out
}

export type BatchError =
  | { kind: 'wrong-version'; current: number; expected: ExpectedRevision }
  | { kind: 'stream-deleted'; streamName: Uint8Array }
  | { kind: 'access-denied' }
  | { kind: 'timeout' }
  | { kind: 'too-large'; limit: number }
  | { kind: 'bad-request'; message: string }
  | { kind: 'unknown'; message: string }

/** A `google.rpc.Status` whose detail is one Any; the client knows the error by the Any's type. */
export function batchFailed(frame: Buffer, error: BatchError): Buffer {
  const { code, text, type, detail } = batchStatus(error)
  const any = message(stringField(1, `type.googleapis.com/${type}`), bytesField(2, detail))
  return message(frame, bytesField(2, message(uintField(1, code), stringField(2, text), bytesField(3, any))))
}

type BatchStatus = { code: number; text: string; type: string; detail: Buffer }

function batchStatus(error: BatchError): BatchStatus {
  switch (error.kind) {
    case 'wrong-version': {
      const current = error.current < 0 ? bytesField(2, EMPTY) : uintField(1, error.current)
      const detail = message(current, expectedField(error.expected, { revision: 3, any: 4, exists: 5, none: 6 }))
      return { code: 6, text: 'WrongExpectedVersion', type: 'event_store.client.WrongExpectedVersion', detail }
    }
    case 'stream-deleted': {
      const detail = bytesField(1, bytesField(3, error.streamName))
      return { code: 9, text: 'StreamDeleted', type: 'event_store.client.StreamDeleted', detail }
    }
    case 'access-denied':
      return { code: 7, text: 'AccessDenied', type: 'event_store.client.AccessDenied', detail: EMPTY }
    case 'timeout':
      return { code: 4, text: 'Timeout', type: 'event_store.client.Timeout', detail: EMPTY }
    case 'too-large': {
      const text = 'MaximumAppendSizeExceeded'
      return { code: 3, text, type: 'event_store.client.MaximumAppendSizeExceeded', detail: uintField(1, error.limit) }
    }
    case 'bad-request':
      return {
        code: 3,
        text: error.message,
        type: 'event_store.client.BadRequest',
        detail: stringField(1, error.message),
      }
    case 'unknown':
      // As EventStoreDB does for "not ready": the client shows the text of an error only when it does not know its type.
      return { code: 2, text: error.message, type: 'google.protobuf.Empty', detail: EMPTY }
    default:
      return error satisfies never
  }
}

function success(result: WriteResult): Buffer {
  const revision = result.revision < 0 ? bytesField(2, EMPTY) : uintField(1, result.revision)
  const position = result.position === undefined ? bytesField(4, EMPTY) : bytesField(3, allPosition(result.position))
  return message(revision, position)
}

export function allPosition(position: number): Buffer {
  return message(uintField(1, position), uintField(2, position))
}

type ExpectedFields = { revision: number; any: number; exists: number; none: number }

function expectedField(expected: ExpectedRevision, fields: ExpectedFields): Buffer {
  if (expected === 'any') return bytesField(fields.any, EMPTY)
  if (expected === 'stream_exists') return bytesField(fields.exists, EMPTY)
  if (expected === 'no_stream') return bytesField(fields.none, EMPTY)
  return uintField(fields.revision, expected)
}
