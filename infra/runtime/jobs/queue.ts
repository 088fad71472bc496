import { type Job, Queue } from 'bullmq'
import type { Logger } from '../logger.ts'
import type { RedisClient } from '../redis.ts'

/** What a job is about: ids and times, never words or tokens of a person, since nothing erases them here. */
export type JobData = Readonly<Record<string, string | number>>

/** A job that failed so often, or in such a way, that it is not tried again by itself. */
export interface DeadJob {
  id: string
  data: JobData
  /** How often it was tried. */
  tries: number
  /** How the last try failed. */
  why: string
  /** When it did, ISO 8601. */
  diedAt: string
}

export interface Counts {
  /** To be done now or later, or being done. */
  waiting: number
  dead: number
}

/** When a job is to be done, and how. */
export interface JobTime {
  /** Not before so many milliseconds have passed. Default 0. */
  delayMs?: number
  /** From 1; jobs without are done before all that have one, smaller numbers before larger. */
  priority?: number
  /** Not remembered once it is done, so that its id may be added again. Default false. */
  forget?: boolean
}

export interface NewJob extends JobTime {
  id: string
  data: JobData
}

/** How much there is to do at this moment. */
export interface Depth {
  /** Could be done now. */
  ready: number
  active: number
  /** Their time, or that of their next try, has not come. */
  delayed: number
  dead: number
  /** How long the oldest that could be done has waited, in milliseconds. */
  oldestMs: number
}

/** Jobs in Redis. What Redis loses is not done. */
export interface JobQueue {
  /** Adds nothing where the id is known, be it of a job that was done and is still remembered. Throws while Redis is away. */
  add(id: string, data: JobData, time?: JobTime): Promise<void>
  /** The same for several, in one go. */
  addMany(jobs: readonly NewJob[]): Promise<void>
  /** Takes back one that waits; one that is being done goes on. */
  remove(id: string): Promise<void>
  counts(): Promise<Counts>
  depth(): Promise<Depth>
  /** The latest first. */
  dead(): Promise<DeadJob[]>
  /** Has a dead job done anew, with all its tries; false when there is none of this id. */
  retry(id: string): Promise<boolean>
  /** Forgets a dead job; false when there is none of this id. */
  discard(id: string): Promise<boolean>
  close(): Promise<void>
}

export interface QueueOptions {
  name: string
  /** How often a job is tried in all. */
  attempts: number
  logger: Logger
  /** For how long those that were done are remembered, and how many at most. Default: a day, 20,000. */
  remembered?: { seconds: number; count: number }
}

/** The keys of all queues begin so. */
export const prefix = 'parley'
const daySeconds = 86_400
/** So that an event that comes again adds no second job. */
const keptDone = { seconds: daySeconds, count: 20_000 }
const keptDead = { age: 7 * daySeconds, count: 10_000 }

/** The connection is one whose commands fail while Redis is away (createRedis); it stays the caller's. */
export function createJobQueue(
  redis: RedisClient,
  { name, attempts, logger, remembered = keptDone }: QueueOptions,
): JobQueue {
  const queue = new Queue<JobData, void, string>(name, {
    connection: redis,
    prefix,
    skipWaitingForReady: true,
    defaultJobOptions: {
      attempts,
      backoff: { type: 'custom' },
      removeOnComplete: { age: remembered.seconds, count: remembered.count },
      removeOnFail: keptDead,
      stackTraceLimit: 1,
    },
  })
  queue.on('error', (error) => logger.debug({ error, queue: name }, 'a queue has no Redis'))

  const deadJob = async (id: string) => {
    const job = await queue.getJob(id)
    return (await job?.isFailed()) ? job : undefined
  }
  return {
    async add(id, data, time) {
      await queue.add(name, data, optionsOf(id, time))
    },
    async addMany(jobs) {
      await queue.addBulk(jobs.map(({ id, data, ...time }) => ({ name, data, opts: optionsOf(id, time) })))
    },
    async remove(id) {
      await queue.remove(id)
    },
    async counts() {
      const { failed = 0, ...others } = await queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed')
      return { waiting: Object.values(others).reduce((sum, count) => sum + count, 0), dead: failed }
    },
    async depth() {
      const counts = await queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed')
      const { wait = 0, prioritized = 0, active = 0, delayed = 0, failed: dead = 0 } = counts
      const oldest = await Promise.all([queue.getJobs('wait', 0, 0, true), queue.getJobs('prioritized', 0, 0, true)])
      const since = Math.min(...oldest.flat().map(({ timestamp, delay }) => timestamp + delay))
      return { ready: wait + prioritized, active, delayed, dead, oldestMs: Math.max(0, Date.now() - since) }
    },
    async dead() {
      const jobs = await queue.getFailed(0, keptDead.count)
      return jobs.map(deadJobOf)
    },
    async retry(id) {
      const job = await deadJob(id)
      await job?.retry('failed', { resetAttemptsMade: true })
      return job !== undefined
    },
    async discard(id) {
      const job = await deadJob(id)
      await job?.remove()
      return job !== undefined
    },
    close: () => queue.close(),
  }
}

function optionsOf(id: string, { delayMs = 0, priority, forget = false }: JobTime = {}) {
  return {
    jobId: id,
    ...(delayMs > 0 ? { delay: delayMs } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(forget ? { removeOnComplete: true } : {}),
  }
}

function deadJobOf({ id = '', data, attemptsMade: tries, failedReason: why, finishedOn }: Job<JobData>): DeadJob {
  return { id, data, tries, why, diedAt: new Date(finishedOn ?? 0).toISOString() }
}
