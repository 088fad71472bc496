import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { deleteSucceeded } from '../wire/append-answers.ts'
import { readDeleteOptions } from '../wire/append-messages.ts'
import { failureOf } from './failure.ts'
import type { Services } from './services.ts'
import { streamOf, writeFailure } from './write-target.ts'

/** Delete (the stream may come back) and Tombstone (it may not). */
export function serveDeletion(
  services: Services,
  kind: 'delete' | 'tombstone',
  call: ServerUnaryCall<Buffer, Buffer>,
  answer: sendUnaryData<Buffer>,
): void {
  try {
    const options = readDeleteOptions(call.request)
    const stream = streamOf(options)
    services.access.check(services.access.caller(call.metadata), 'delete', stream)
    services.store.writer.submit({
      write: { kind, stream, expected: options.expected },
      bytes: 0,
      answer: (outcome) => {
        if (outcome.kind === 'done') answer(null, deleteSucceeded(outcome.position))
        else answer(writeFailure(stream, options, outcome))
      },
    })
  } catch (error) {
    answer(failureOf(error))
  }
}
