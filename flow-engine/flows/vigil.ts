import { pause } from '../../infra/runtime/event-store/time-limit.ts'
import type { JobQueue, NewJob } from '../../infra/runtime/jobs/queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { RedisClient } from '../../infra/runtime/redis.ts'
import { type Patience, patiently } from '../patience.ts'
import { RedisMark } from '../redis-mark.ts'
import { anewJob } from './job.ts'
import type { FlowMeters } from './meters.ts'

/** A run that is under way, as the read model has it. */
export interface UnderWay {
  id: string
  conversationId: string
  /** When something is due there, if nobody answers; null: a step is being done. ISO 8601 UTC. */
  until: string | null
  /** When it last went on. */
  at: string
}

export interface VigilOptions {
  redis: RedisClient
  queue: Pick<JobQueue, 'addMany' | 'dead'>
  /** All that are under way, as of the end of the log. */
  underWay: () => AsyncIterable<UnderWay>
  meters: FlowMeters
  logger: Logger
  patience: Patience
  now: () => number
}

const markKey = 'parley:flow-steps:vigil'
const everyMs = 1000
const sweepMs = 60_000
/** Jobs that are added in one go. */
const together = 500

/**
 * What is to be done stands in the log; Redis only says when. So whenever Redis may have lost something, every run that is under way
 * gets a job again: when this process takes over, when Redis was away, and when its mark is not the one that was set a second ago. Now
 * and then, runs that should have gone on get one too, should anything else have been lost.
 */
export async function keepVigil(options: VigilOptions): Promise<void> {
  const { redis, patience, logger, now } = options
  const { signal } = patience
  const mark = new RedisMark(redis, markKey)
  let sweepAt = now() + sweepMs
  try {
    while (!signal.aborted) {
      const seen = await mark.look()
      if (seen === 'lost') {
        // It may be lost again meanwhile: then the next look sees it.
        const runs = await patiently(() => callUp(options, 'again', () => true), patience)
        if (runs > 0) logger.info({ runs }, 'runs of flows that are under way have a job again')
      } else if (seen === 'kept' && now() >= sweepAt) {
        await sweep(options)
        sweepAt = now() + sweepMs
      }
      await pause(everyMs, signal)
    }
  } finally {
    mark.close()
  }
}

/** Those that wait for nothing and have not gone on for a while. What was given up is for people to try again. */
async function sweep(options: VigilOptions): Promise<void> {
  const { meters, logger, queue, patience, now } = options
  const isStuck = ({ until, at }: UnderWay) => Date.parse(until ?? at) < now() - sweepMs
  await patiently(async () => {
    const dead = new Set((await queue.dead()).map(({ data }) => String(data.runId)))
    const stuck = await callUp(options, 'sweep', (run) => isStuck(run) && !dead.has(run.id))
    meters.stuck.set(stuck + dead.size)
    if (stuck > 0) logger.warn({ runs: stuck }, 'runs of flows had not gone on, and have a job again')
  }, patience)
}

async function callUp(
  { underWay, queue, meters }: VigilOptions,
  why: 'again' | 'sweep',
  which: (run: UnderWay) => boolean,
): Promise<number> {
  let active = 0
  let called = 0
  let jobs: NewJob[] = []
  const flush = async () => {
    if (jobs.length > 0) await queue.addMany(jobs)
    called += jobs.length
    jobs = []
  }
  for await (const run of underWay()) {
    active += 1
    if (which(run)) jobs.push(anewJob(run.id, run.conversationId, why))
    if (jobs.length >= together) await flush()
  }
  await flush()
  meters.active.set(active)
  meters.rearmed.inc({ why }, called)
  return called
}
