import { Metadata, status } from '@grpc/grpc-js'
import { MissingMetadata } from '../wire/append-messages.ts'
import { MalformedMessage } from '../wire/proto-reader.ts'

/** What a call ends with when it fails: a gRPC status, and the trailers by which clients know EventStoreDB's errors. */
export class Failure extends Error {
  readonly code: status
  readonly details: string
  readonly metadata: Metadata

  constructor(code: status, details: string, trailers: Record<string, string> = {}) {
    super(details)
    this.code = code
    this.details = details
    this.metadata = new Metadata()
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, headerValue(value))
  }
}

export function streamDeleted(stream: string): Failure {
  const trailers = { exception: 'stream-deleted', 'stream-name': stream }
  return new Failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, trailers)
}

/** `expected` as EventStoreDB counts: -1 no stream, -2 any, -4 stream exists. Without `actual` there is no stream. */
export function wrongExpectedVersion(stream: string, expected: string, actual: number): Failure {
  const details = `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`
  return new Failure(status.FAILED_PRECONDITION, details, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': expected,
    'actual-version': actual < 0 ? '' : String(actual),
  })
}

export function maximumAppendSizeExceeded(limit: number): Failure {
  const trailers = { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(limit) }
  return new Failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, trailers)
}

export function accessDenied(): Failure {
  return new Failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' })
}

export function unauthenticated(): Failure {
  return new Failure(status.UNAUTHENTICATED, 'Unauthenticated: wrong or missing credentials')
}

export function consumerTooSlow(): Failure {
  return new Failure(status.ABORTED, 'Operation timed out: consumer too slow')
}

export function tooMuchUnfinished(): Failure {
  return new Failure(status.RESOURCE_EXHAUSTED, 'too many bytes of unfinished appends')
}

export function invalidArgument(details: string): Failure {
  return new Failure(status.INVALID_ARGUMENT, details)
}

export function unavailable(details: string): Failure {
  return new Failure(status.UNAVAILABLE, details)
}

export function timedOut(): Failure {
  return new Failure(status.DEADLINE_EXCEEDED, 'Deadline exceeded')
}

/** The failure for whatever was thrown while a call was served. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof MissingMetadata) return missingMetadata(error)
  if (error instanceof MalformedMessage) return invalidArgument(`malformed request: ${error.message}`)
  return new Failure(status.UNKNOWN, error instanceof Error ? error.message : String(error))
}

function missingMetadata(error: MissingMetadata): Failure {
  return new Failure(status.INVALID_ARGUMENT, error.message, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  })
}

/** Trailers hold printable ASCII only; other characters of stream names are percent-encoded. */
function headerValue(value: string): string {
  return /^[ -~]*$/.test(value) ? value : encodeURI(value)
}
