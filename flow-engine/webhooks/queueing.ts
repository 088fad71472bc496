import { type EventLog, isUndecodable } from '../../infra/runtime/event-store/log.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { comparePositions, type LogPosition, type Recorded } from '../../schemas/envelope.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Lane } from './lanes-book.ts'
import type { QueueBook, Step } from './queue-book.ts'
import { ownTypes, Subscribers, sentNouns, sentTypes } from './subscribers.ts'

export interface QueueingOptions {
  log: EventLog
  logger: Logger
  book: QueueBook
  /** Where the log ended when this process took over. */
  head: LogPosition | undefined
  patience: Patience
  /** Told of lanes that have something to be delivered. */
  wake: (lanes: readonly Lane[]) => void
}

/**
 * Follows the log and queues what webhooks are to be sent, batch by batch in its order, until the signal aborts. What happened before the
 * first start is history, which is only redelivered on demand.
 */
export async function queueDeliveries(options: QueueingOptions): Promise<void> {
  const { log, logger, book, head, patience } = options
  const { signal } = patience
  const known = await patiently(() => book.load(), patience)
  let after = known.after
  let subscribers = new Subscribers(known.subscribers)
  if (after === undefined && head !== undefined) {
    const found = await subscribersUntil(log, head, signal)
    if (signal.aborted) return
    subscribers = found.subscribers
    after = head
    await patiently(() => book.commit(found.steps, head), patience)
  }
  let savedAt = Number.NEGATIVE_INFINITY
  const nouns = [...sentNouns, 'webhook']
  for await (const { events, position } of log.subscribe({
    after,
    nouns,
    types: [...sentTypes, ...ownTypes],
    signal,
  })) {
    const steps = readable(events, logger).flatMap((event) => subscribers.take(event))
    if (steps.length === 0 && performance.now() - savedAt < savedMs) continue
    await patiently(() => book.commit(steps, position), patience)
    savedAt = performance.now()
    options.wake(lanesOf(steps))
  }
}

/** Where there is nothing to be queued, the next start may read as much again as has come since. */
const savedMs = 2000

/** Who is subscribed as of a place, from the beginning: where the table was lost, or never was. */
async function subscribersUntil(
  log: EventLog,
  head: LogPosition,
  signal: AbortSignal,
): Promise<{ subscribers: Subscribers; steps: Step[] }> {
  const subscribers = new Subscribers()
  const steps: Step[] = []
  for await (const { events, position, caughtUp } of log.subscribe({ nouns: ['webhook'], types: ownTypes, signal })) {
    const upTo = events.flatMap((event) =>
      isUndecodable(event) || comparePositions(event.position, head) > 0 ? [] : [event],
    )
    // Of history, neither tests nor redeliveries are done again.
    const kept = upTo
      .flatMap((event) => subscribers.take(event))
      .filter(({ kind }) => kind === 'subscriber' || kind === 'deleted')
    steps.push(...kept)
    if (caughtUp || comparePositions(position, head) >= 0) break
  }
  return { subscribers, steps }
}

function readable(events: readonly Parameters<typeof isUndecodable>[0][], logger: Logger): Recorded[] {
  return events.flatMap((event) => {
    if (!isUndecodable(event)) return [event]
    const { stream, revision, type, error } = event
    logger.error({ error, stream, revision, type }, 'an event cannot be read, and is sent to no webhook')
    return []
  })
}

function lanesOf(steps: readonly Step[]): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const step of steps) {
    if (step.kind !== 'deliver') continue
    const { webhookId, stream } = step.delivery
    lanes.set(`${webhookId} ${stream}`, { webhookId, stream })
  }
  return [...lanes.values()]
}
