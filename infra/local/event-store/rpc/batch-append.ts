import type { ServerDuplexStream } from '@grpc/grpc-js'
import type { Outcome } from '../store/decision.ts'
import { type BatchError, batchAnswerFrame, batchFailed, batchSucceeded } from '../wire/append-answers.ts'
import {
  type BatchAppendBody,
  type BatchAppendChunk,
  readBatchAppendBody,
  readBatchAppendChunk,
  type WriteOptions,
} from '../wire/append-messages.ts'
import { EMPTY } from '../wire/proto-writer.ts'
import type { ProposedEvent } from '../wire/stored-event.ts'
import type { Caller } from './access.ts'
import { type Failure, failureOf, tooMuchUnfinished, unavailable } from './failure.ts'
import type { Services } from './services.ts'
import { streamOf } from './write-target.ts'

type Call = ServerDuplexStream<Buffer, Buffer>
/** Of appends that a client has begun and not finished, on one call. */
const MAX_GATHERED_BYTES = 64 * 1024 * 1024
/** An append of which more chunks are to come. */
type Gathering = {
  options: WriteOptions
  stream: string
  correlation: Buffer
  events: ProposedEvent[]
  bytes: number
  size: number
}

/** An append that cannot be done; the others on the same call go on. */
class Refusal extends Error {
  readonly reason: BatchError
  constructor(reason: BatchError) {
    super(reason.kind)
    this.reason = reason
  }
}

/**
 * BatchAppend: one long call for many appends. Chunks of different appends may interleave; each append is answered
 * exactly once, by its correlation id, because a second answer breaks the official client.
 */
export class BatchAppendCall {
  private readonly services: Services
  private readonly call: Call
  private readonly caller: Caller
  private readonly gathering = new Map<string, Gathering>()
  private gatheredBytes = 0
  private waiting = 0
  private finished = false

  constructor(services: Services, call: Call) {
    this.services = services
    this.call = call
    this.caller = services.access.caller(call.metadata)
    const stopListening = services.onShutdown(() => this.fail(unavailable('the server is shutting down')))
    call.on('data', (chunk: Buffer) => this.receive(chunk))
    call.on('end', () => {
      this.finished = true
      this.endWhenAnswered()
    })
    call.on('cancelled', () => this.gathering.clear())
    call.on('close', stopListening)
  }

  private receive(bytes: Buffer): void {
    let chunk: BatchAppendChunk
    try {
      chunk = readBatchAppendChunk(bytes)
    } catch (error) {
      // Without a correlation id nobody can be told anything but that the call is broken.
      this.fail(failureOf(error))
      return
    }
    try {
      this.gather(chunk, bytes.length)
    } catch (error) {
      const gathered = this.gathering.get(chunk.correlationId)
      this.forget(chunk.correlationId)
      const frame = batchAnswerFrame(chunk.correlation, gathered?.options.streamName ?? EMPTY)
      this.send(batchFailed(frame, reasonOf(error)))
    }
  }

  private gather(chunk: BatchAppendChunk, size: number): void {
    const body = readBatchAppendBody(chunk.body)
    const append = this.gathering.get(chunk.correlationId) ?? this.begin(chunk, body)
    // More of an append that was refused already.
    if (!append) return
    append.size += size
    this.gatheredBytes += size
    if (this.gatheredBytes > MAX_GATHERED_BYTES) {
      this.fail(tooMuchUnfinished())
      return
    }
    for (const event of body.events) {
      append.events.push(event)
      append.bytes += event.data.length
    }
    const limit = this.services.maxAppendSize
    if (append.bytes > limit) throw new Refusal({ kind: 'too-large', limit })
    if (!body.final) return
    this.forget(chunk.correlationId)
    this.submit(append)
  }

  private forget(correlationId: string): void {
    this.gatheredBytes -= this.gathering.get(correlationId)?.size ?? 0
    this.gathering.delete(correlationId)
  }

  private begin(chunk: BatchAppendChunk, body: BatchAppendBody): Gathering | undefined {
    const { options } = body
    if (!options) return undefined
    const { correlation, correlationId } = chunk
    const append = { options, stream: '', correlation, events: [], bytes: 0, size: 0 }
    this.gathering.set(correlationId, append)
    append.stream = streamOf(options)
    this.services.access.check(this.caller, 'write', append.stream)
    if (options.deadline !== undefined && Date.now() >= options.deadline) throw new Refusal({ kind: 'timeout' })
    return append
  }

  private submit(append: Gathering): void {
    const { options, stream, events, correlation } = append
    const { streamName, expected, deadline } = options
    this.waiting++
    this.services.store.writer.submit({
      write: { kind: 'append', stream, streamName, expected, events, deadline },
      bytes: append.size,
      answer: (outcome) => {
        this.waiting--
        const frame = batchAnswerFrame(correlation, streamName)
        this.send(
          outcome.kind === 'done' ? batchSucceeded(frame, outcome) : batchFailed(frame, refusal(outcome, options)),
        )
        this.endWhenAnswered()
      },
    })
    const pressure = this.services.store.writer.pressure()
    if (!pressure) return
    this.call.pause()
    pressure.then(() => this.call.resume())
  }

  private send(answer: Buffer): void {
    if (!this.call.cancelled && this.call.writable) this.call.write(answer)
  }

  private endWhenAnswered(): void {
    if (this.finished && this.waiting === 0 && this.call.writable) this.call.end()
  }

  private fail(failure: Failure): void {
    if (!this.call.writable) return
    this.gathering.clear()
    this.call.emit('error', failure)
  }
}

function refusal(outcome: Exclude<Outcome, { kind: 'done' }>, options: WriteOptions): BatchError {
  switch (outcome.kind) {
    case 'wrong-version':
      return { kind: 'wrong-version', current: outcome.current, expected: options.expected }
    case 'deleted':
      return { kind: 'stream-deleted', streamName: options.streamName }
    case 'timeout':
      return { kind: 'timeout' }
    case 'failed':
      return { kind: 'unknown', message: outcome.message }
    default:
      return outcome satisfies never
  }
}

function reasonOf(error: unknown): BatchError {
  if (error instanceof Refusal) return error.reason
  const failure = failureOf(error)
  const [exception] = failure.metadata.get('exception')
  if (exception === 'access-denied') return { kind: 'access-denied' }
  return { kind: 'bad-request', message: failure.details }
}
