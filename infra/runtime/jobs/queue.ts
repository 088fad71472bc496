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

/** Jobs in Redis. What Redis loses is not done. */
export interface JobQueue {
  /** Adds nothing where the id is known, be it of a job that was done within a day. Throws while Redis is away. */
  add(id: string, data: JobData): Promise<void>
  counts(): Promise<Counts>
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
}

/** The keys of all queues begin so. */
export const prefix = 'parley'
const daySeconds = 86_400
/** So that an event that comes again adds no second job. */
const keptDone = { age: daySeconds, count: 20_000 }
const keptDead = { age: 7 * daySeconds, count: 10_000 }

/** The connection is one whose commands fail while Redis is away (createRedis); it stays the caller's. */
export function createJobQueue(redis: RedisClient, { name, attempts, logger }: QueueOptions): JobQueue {
  const queue = new Queue<JobData, void, string>(name, {
    connection: redis,
    prefix,
    skipWaitingForReady: true,
    defaultJobOptions: {
      attempts,
      backoff: { type: 'custom' },
      removeOnComplete: keptDone,
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
    async add(id, data) {
      await queue.add(name, data, { jobId: id })
    },
    async counts() {
      const { failed = 0, ...others } = await queue.getJobCounts('wait', 'active', 'delayed', 'failed')
      return { waiting: Object.values(others).reduce((sum, count) => sum + count, 0), dead: failed }
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

function deadJobOf({ id = '', data, attemptsMade: tries, failedReason: why, finishedOn }: Job<JobData>): DeadJob {
  return { id, data, tries, why, diedAt: new Date(finishedOn ?? 0).toISOString() }
}
