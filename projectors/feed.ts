import type { Batch, EventLog } from '../infra/runtime/event-store/log.ts'
import { comparePositions, type LogPosition } from '../schemas/envelope.ts'
import { isStart } from './generation.ts'
import type { Lane } from './lane.ts'

export interface FeedOptions {
  log: EventLog
  lanes: readonly Lane[]
  maxBatch: number
  signal: AbortSignal
  /** What a lane does with a batch. */
  apply: (lane: Lane, batch: Batch) => Promise<void>
  /** After a batch has been handed to all lanes. */
  progress?: (batch: Batch) => void
}

/**
 * Reads the log once and hands each batch to every lane. Each works at its own pace and commits by itself, at most one batch ahead of
 * the slowest, while the next is read and decoded. Ends when the signal aborts; throws as soon as a lane fails, when all others have
 * come to rest.
 */
export async function feed({ log, lanes, maxBatch, signal, apply, progress }: FeedOptions): Promise<void> {
  const failure = new AbortController()
  const lines = lanes.map((lane) => lineOf((batch) => apply(lane, batch), failure))
  const after = lowest(lanes)
  const batches = log.subscribe({
    ...(after === undefined ? {} : { after }),
    maxBatch,
    signal: AbortSignal.any([signal, failure.signal]),
  })
  for await (const batch of batches) {
    await Promise.all(lines.map((line) => line.offer(batch)))
    progress?.(batch)
  }
  await Promise.all(lines.map((line) => line.rest()))
  if (failure.signal.aborted) throw failure.signal.reason
}

/** Where the lane stands that is furthest behind; undefined: at the beginning. */
export function lowest(lanes: readonly Lane[]): LogPosition | undefined {
  const [first, ...others] = lanes.map(({ position }) => position)
  if (first === undefined) throw new Error('there is no lane to feed')
  const least = others.reduce((low, position) => (comparePositions(position, low) < 0 ? position : low), first)
  return isStart(least) ? undefined : least
}

interface Line {
  /** Resolves when there is room for another batch. */
  offer(batch: Batch): Promise<void>
  rest(): Promise<void>
}

/** Batches of one lane, one after the other. After a failure nothing more is applied. */
function lineOf(apply: (batch: Batch) => Promise<void>, failure: AbortController): Line {
  let last: Promise<void> = Promise.resolve()
  const applied = async (before: Promise<void>, batch: Batch) => {
    await before
    if (failure.signal.aborted) return
    try {
      await apply(batch)
    } catch (error) {
      failure.abort(error)
    }
  }
  return {
    offer(batch) {
      const before = last
      last = applied(before, batch)
      return before
    },
    rest: () => last,
  }
}
