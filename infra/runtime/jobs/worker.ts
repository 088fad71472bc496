import { DelayedError, UnrecoverableError, Worker } from 'bullmq'
import { pause } from '../event-store/time-limit.ts'
import type { Logger } from '../logger.ts'
import type { RedisClient } from '../redis.ts'
import { type JobData, prefix } from './queue.ts'

/** A try that failed. Its message is stored with the job and shown: no secret, and nothing of a person, may stand in it. */
export class JobFailure extends Error {
  override name = 'JobFailure'
  /** Whether another try may do better. */
  readonly final: boolean
  /** Milliseconds before which it makes no sense, as the other side said. */
  readonly notBeforeMs: number

  constructor(message: string, { final = false, notBeforeMs = 0 }: { final?: boolean; notBeforeMs?: number } = {}) {
    super(message)
    this.final = final
    this.notBeforeMs = notBeforeMs
  }
}

/** Not now: the job is done again after so many milliseconds, which is no try that failed. */
export class JobLater extends Error {
  override name = 'JobLater'
  readonly afterMs: number

  constructor(afterMs: number) {
    super(`again after ${afterMs} ms`)
    this.afterMs = afterMs
  }
}

/** The how many-th try it is, from 1, and whether there is another after it. */
export interface Try {
  number: number
  isLast: boolean
}

export interface WorkerOptions {
  /** Of the queue. */
  name: string
  /** Jobs done at the same time. */
  concurrency: number
  /** Milliseconds before the second try, on average; each further pause is twice as long. */
  retryMs: number
  logger: Logger
  /** Does a job; may be called again for one that is done, when a process dies at the wrong moment. May throw JobFailure or JobLater. */
  work: (id: string, data: JobData, tried: Try) => Promise<void>
  /** After so long the jobs of a process that died go to another, in milliseconds. Default 30,000. */
  lockMs?: number
  /** Told of each try that failed, and whether it was the last. */
  failed: (error: Error, job: { id: string; data: JobData; isDead: boolean }) => void
}

export interface JobWorker {
  /** Takes no more jobs and waits for those under way, 5 s at most: what is not done then is done again by the next worker. */
  close(): Promise<void>
}

const closingMs = 5000

/** Does the jobs of a queue. The connection is a patient one (createPatientRedis); it stays the caller's. */
export function startWorker(redis: RedisClient, options: WorkerOptions): JobWorker {
  const { name, concurrency, retryMs, logger, work, failed, lockMs = 30_000 } = options
  const worker = new Worker<JobData, void, string>(
    name,
    async (job, token) => {
      const { id = '', data, attemptsMade, opts } = job
      try {
        await work(id, data, { number: attemptsMade + 1, isLast: attemptsMade + 1 >= (opts.attempts ?? 1) })
      } catch (error) {
        if (error instanceof JobLater) {
          await job.moveToDelayed(Date.now() + error.afterMs, token)
          throw new DelayedError()
        }
        if (error instanceof JobFailure && error.final) throw new UnrecoverableError(error.message)
        throw error
      }
    },
    {
      connection: redis,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      // How long it waits after Redis has failed it.
      runRetryDelay: 1000,
      // Each is a process that died in the middle of it, which the job need not have been to blame for.
      maxStalledCount: 10,
      settings: { backoffStrategy: (tries, _type, error) => delayOf(tries, retryMs, error) },
    },
  )
  worker.on('error', (error) => logger.debug({ error, queue: name }, 'a worker has no Redis'))
  worker.on('failed', (job, error) => {
    if (job === undefined) return
    const { id = '', data, finishedOn } = job
    failed(error, { id, data, isDead: finishedOn !== undefined })
  })
  return {
    async close() {
      // Without Redis nothing can be brought to an end.
      await Promise.race([worker.close(), pause(redis.status === 'ready' ? closingMs : 0)])
    },
  }
}

/** Grows exponentially, and differs from job to job: between the half and one and a half of the middle. */
function delayOf(tries: number, retryMs: number, error: Error | undefined): number {
  const notBefore = error instanceof JobFailure ? error.notBeforeMs : 0
  return Math.round(notBefore + retryMs * 2 ** (tries - 1) * (0.5 + Math.random()))
}
