import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js'
import type { Outcome } from '../store/decision.ts'
import { appendSucceeded, appendWrongVersion } from '../wire/append-answers.ts'
import { readAppendMessage, type WriteOptions } from '../wire/append-messages.ts'
import { MalformedMessage } from '../wire/proto-reader.ts'
import type { ProposedEvent } from '../wire/stored-event.ts'
import { failureOf, maximumAppendSizeExceeded, tooMuchUnfinished } from './failure.ts'
import type { Services } from './services.ts'
import { streamOf, writeFailure } from './write-target.ts'

type Call = ServerReadableStream<Buffer, Buffer>

/** The limit counts event data only; this bounds everything else. */
const MAX_RECEIVED_BYTES = 64 * 1024 * 1024

/** Append: the options, then one event a message; answered when the client has said all. */
export function serveAppend(services: Services, call: Call, answer: sendUnaryData<Buffer>): void {
  const events: ProposedEvent[] = []
  let options: WriteOptions | undefined
  let bytes = 0
  let received = 0
  let ended = false

  const end = (error: unknown, value: Buffer | null = null): void => {
    if (ended) return
    ended = true
    answer(error === null ? null : failureOf(error), value)
  }
  call.on('data', (chunk: Buffer) => {
    if (ended) return
    try {
      received += chunk.length
      if (received > MAX_RECEIVED_BYTES) throw tooMuchUnfinished()
      const message = readAppendMessage(chunk)
      if (message.options) {
        options = message.options
        services.access.check(services.access.caller(call.metadata), 'write', streamOf(options))
      }
      if (message.event) {
        events.push(message.event)
        bytes += message.event.data.length
        if (bytes > services.maxAppendSize) throw maximumAppendSizeExceeded(services.maxAppendSize)
      }
    } catch (error) {
      end(error)
    }
  })
  call.on('error', end)
  call.on('end', () => {
    if (ended) return
    if (!options) return end(new MalformedMessage('no options'))
    submit(services, options, { events, bytes, deadline: deadlineOf(call) }, end)
  })
}

type Body = { events: ProposedEvent[]; bytes: number; deadline: number | undefined }

function submit(
  services: Services,
  options: WriteOptions,
  body: Body,
  end: (error: unknown, value?: Buffer) => void,
): void {
  const stream = streamOf(options)
  const { streamName, expected } = options
  const { events, bytes, deadline } = body
  services.store.writer.submit({
    write: { kind: 'append', stream, streamName, expected, events, deadline },
    bytes,
    answer: (outcome: Outcome) => {
      if (outcome.kind === 'done') end(null, appendSucceeded(outcome))
      else if (outcome.kind === 'wrong-version') end(null, appendWrongVersion(outcome.current, expected))
      else end(writeFailure(stream, options, outcome))
    },
  })
}

export function deadlineOf(call: { getDeadline(): Date | number }): number | undefined {
  const deadline = Number(call.getDeadline())
  return Number.isFinite(deadline) ? deadline : undefined
}
