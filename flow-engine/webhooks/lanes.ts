import type { Logger } from '../../infra/runtime/logger.ts'
import type { LaneLocks } from './lane-locks.ts'
import type { Conclusion, Lane, LanesBook, Waiting } from './lanes-book.ts'
import type { WebhookMeters } from './meters.ts'

export interface LaneTools {
  book: Pick<LanesBook, 'head' | 'conclude'>
  locks: LaneLocks
  send: (delivery: Waiting) => Promise<Conclusion>
  logger: Logger
  meters: WebhookMeters
  /** Has a lane worked again, when so many milliseconds have passed. */
  wake: (lane: Lane, delayMs: number) => void
  /** Aborts when this process stops: from then on nothing more is begun. */
  stopping: AbortSignal
}

/** How many deliveries a lane may make at a stretch while others wait for a turn. */
const stretch = 50

/**
 * Delivers what waits in a lane, in the log's order, until nothing is due. The first that failed holds back all that come after it until
 * it is delivered or given up; other lanes do not wait for it.
 */
export async function workLane(tools: LaneTools, lane: Lane): Promise<void> {
  const { book, locks, wake, stopping } = tools
  while (!stopping.aborted) {
    const outcome = await locks.whileMine(`${lane.webhookId} ${lane.stream}`, (lost) => deliverDue(tools, lane, lost))
    // Whoever has it looks once more when he has let go of it: nothing that was queued meanwhile is left behind.
    if (outcome === undefined) return
    if (outcome === 'more') {
      wake(lane, 0)
      return
    }
    const next = await book.head(lane)
    if (next === undefined) return
    if (next.dueInMs > 0) {
      wake(lane, next.dueInMs)
      return
    }
  }
}

async function deliverDue(tools: LaneTools, lane: Lane, lost: AbortSignal): Promise<'done' | 'more'> {
  for (let made = 0; made < stretch; made++) {
    const delivery = await tools.book.head(lane)
    if (delivery === undefined || delivery.dueInMs > 0 || tools.stopping.aborted) return 'done'
    lost.throwIfAborted()
    const conclusion = await tools.send(delivery)
    // A try that was cut off because this process stops says nothing of the receiver: the next process sends it again.
    if (tools.stopping.aborted && conclusion.status !== 'delivered') return 'done'
    if (await tools.book.conclude(delivery, conclusion)) note(tools, delivery, conclusion)
  }
  return 'more'
}

function note({ meters, logger }: LaneTools, delivery: Waiting, conclusion: Conclusion): void {
  const { status } = conclusion
  meters.tries.inc({ outcome: status })
  if (status !== 'skipped' && conclusion.tookMs !== null) meters.answered.observe(conclusion.tookMs / 1000)
  const { id, webhookId, event } = delivery
  if (status === 'delivered') {
    meters.age.observe(Math.max(0, (Date.now() - delivery.appendedAt.getTime()) / 1000))
    logger.debug({ id, webhookId, event }, 'delivered to a webhook')
  } else if (status === 'dead') {
    const { why, lastStatus } = conclusion
    logger.error({ id, webhookId, event, lastStatus, why }, 'a delivery to a webhook was given up: see make webhooks')
  } else logger.debug({ id, webhookId, event, status }, 'not delivered to a webhook')
}
