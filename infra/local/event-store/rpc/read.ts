import { randomUUID } from 'node:crypto'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { type ReadRequest, readReadRequest, streamNotFound } from '../wire/read-messages.ts'
import { failureOf, streamDeleted, unavailable } from './failure.ts'
import { eventFilter } from './filter.ts'
import { Outbox } from './outbox.ts'
import { type Presentation, presentation } from './presentation.ts'
import type { Services } from './services.ts'
import { AllSource, StreamSource, Subscription } from './subscription.ts'
import { streamNamed } from './write-target.ts'

type Call = ServerWritableStream<Buffer, Buffer>
type Reading = { services: Services; request: ReadRequest; present: Presentation; outbox: Outbox }

const PAGE = 128

/** Read: of a stream or `$all`, once or as a subscription. */
export async function serveRead(services: Services, call: Call): Promise<void> {
  const outbox = new Outbox(call)
  const stopListening = services.onShutdown(() => outbox.fail(unavailable('the server is shutting down')))
  try {
    const request = readReadRequest(call.request)
    const stream = request.streamName && streamNamed(request.streamName)
    services.access.check(services.access.caller(call.metadata), 'read', stream)
    const reading = { services, request, present: presentation(request, services.store.streams), outbox }
    if (request.count === undefined) await subscribe(reading, stream)
    else if (stream === undefined) await readAll(reading, request.count)
    else await readStream(reading, stream, request.count)
    outbox.end()
  } catch (error) {
    outbox.fail(failureOf(error))
  } finally {
    stopListening()
  }
}

async function readStream(
  { services, request, present, outbox }: Reading,
  stream: string,
  count: number,
): Promise<void> {
  const { streams } = services.store
  const view = streams.view(stream)
  if (view.kind === 'deleted') throw streamDeleted(stream)
  if (view.kind === 'not-found') {
    outbox.send(streamNotFound(Buffer.from(stream)))
    return
  }
  const step = request.backwards ? -1 : 1
  const edge = { start: view.first, end: view.last }
  const asked = typeof request.from === 'number' ? request.from : edge[request.from]
  if (!request.backwards && request.from === 'end') return
  let next = request.backwards ? Math.min(asked, view.last) : Math.max(asked, view.first)
  let left = Math.min(count, request.backwards ? next - view.first + 1 : view.last - next + 1)
  while (left > 0 && !outbox.closed) {
    const page = streams.events(view.stream, next, next + step * (Math.min(left, PAGE) - 1))
    if (page.length === 0) return
    for (const event of page) {
      const full = outbox.send(present(event))
      if (full) await full
    }
    next += step * page.length
    left -= page.length
  }
}

async function readAll({ services, request, present, outbox }: Reading, count: number): Promise<void> {
  const { log } = services.store
  const accepts = request.filter && eventFilter(request.filter)
  // What is appended while the read runs is not part of it.
  const end = log.last
  let next = allStart(request, end)
  let left = count
  while (left > 0 && !outbox.closed) {
    const page = request.backwards
      ? log.backwards(next, accepts ? PAGE : Math.min(left, PAGE))
      : log.forwards(next, end, accepts ? PAGE : Math.min(left, PAGE))
    if (page.length === 0) return
    for (const event of page) {
      if (left === 0 || (accepts && !accepts(event))) continue
      left--
      const full = outbox.send(present(event))
      if (full) await full
    }
    next += request.backwards ? -page.length : page.length
    if (accepts) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Forwards from a position includes it, backwards does not. */
function allStart({ from, backwards }: ReadRequest, last: number): number {
  if (from === 'start') return backwards ? 0 : 1
  if (from === 'end') return last + 1
  return Math.max(1, from)
}

async function subscribe({ services, request, present, outbox }: Reading, stream: string | undefined): Promise<void> {
  const source =
    stream === undefined
      ? new AllSource(services.store, request)
      : new StreamSource(services.store, stream, request.from)
  const filter = request.filter && { accepts: eventFilter(request.filter), interval: request.filter.checkpointInterval }
  const subscription = new Subscription({ id: randomUUID(), source, filter, present, outbox })
  const stopListening = services.store.feed.listen(stream, () => subscription.wake())
  try {
    await subscription.run()
  } finally {
    stopListening()
  }
}
