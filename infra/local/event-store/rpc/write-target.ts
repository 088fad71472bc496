import type { Outcome } from '../store/decision.ts'
import type { WriteOptions } from '../wire/append-messages.ts'
import { type Failure, invalidArgument, streamDeleted, timedOut, unavailable, wrongExpectedVersion } from './failure.ts'

const MAX_NAME_BYTES = 32 * 1024

/** The stream that a write names. Throws for names that no stream can have. */
export function streamOf(options: WriteOptions): string {
  return streamNamed(options.streamName)
}

export function streamNamed(name: Buffer): string {
  const stream = name.toString('utf8')
  if (stream === '' || stream === '$$' || stream === '$all')
    throw invalidArgument(`'${stream}' is not the name of a stream`)
  if (name.length > MAX_NAME_BYTES) throw invalidArgument(`the stream's name is longer than ${MAX_NAME_BYTES} bytes`)
  return stream
}

/** How a call whose errors are statuses (not part of its answer) ends. */
export function writeFailure(
  stream: string,
  options: WriteOptions,
  outcome: Exclude<Outcome, { kind: 'done' }>,
): Failure {
  switch (outcome.kind) {
    case 'deleted':
      return streamDeleted(stream)
    case 'wrong-version':
      return wrongExpectedVersion(stream, expectedNumber(options), outcome.current)
    case 'timeout':
      return timedOut()
    case 'failed':
      return unavailable(outcome.message)
    default:
      return outcome satisfies never
  }
}

function expectedNumber({ expected }: WriteOptions): string {
  if (expected === 'no_stream') return '-1'
  if (expected === 'any') return '-2'
  if (expected === 'stream_exists') return '-4'
  return expected.toString()
}
