import type { Config } from '../infra/runtime/config.ts'
import { createJobQueue, type Depth, type JobQueue, type QueueOptions } from '../infra/runtime/jobs/queue.ts'
import { startWorker, type WorkerOptions } from '../infra/runtime/jobs/worker.ts'
import { createPatientRedis, createRedis, type RedisClient, redisReady } from '../infra/runtime/redis.ts'

/** A queue, and the worker of this process that does its jobs. */
export interface Office {
  queue: JobQueue
  redis: RedisClient
  close(): Promise<void>
}

export interface OfficeOptions
  extends Omit<QueueOptions, 'remembered'>,
    Pick<WorkerOptions, 'concurrency' | 'retryMs' | 'lockMs'> {
  config: Config
  /** How the connections of this process are called in Redis. */
  clients: string
  remembered: NonNullable<QueueOptions['remembered']>
  work: (queue: JobQueue) => WorkerOptions['work']
  meters: {
    failures: { inc(): void }
    dead: { inc(): void }
    countWith(depth: (() => Promise<Depth>) | undefined): void
  }
  /** What is said of a job that was given up. */
  givenUp: string
}

const startMs = 2000

export async function openQueueOffice(options: OfficeOptions): Promise<Office> {
  const { config, clients, name, attempts, remembered, logger, meters, work, givenUp } = options
  const redis = createRedis(config, logger, clients)
  const patient = createPatientRedis(config, logger, `${clients} worker`)
  await redisReady(redis, startMs)
  const queue = createJobQueue(redis, { name, attempts, logger, remembered })
  const worker = startWorker(patient, {
    ...{ name, concurrency: options.concurrency, retryMs: options.retryMs, lockMs: options.lockMs, logger },
    work: work(queue),
    failed(error, { id, data, isDead }) {
      meters.failures.inc()
      if (!isDead) return
      meters.dead.inc()
      logger.error({ error, id, data }, givenUp)
    },
  })
  meters.countWith(() => queue.depth())
  return {
    queue,
    redis,
    async close() {
      meters.countWith(undefined)
      await worker.close()
      await queue.close()
      for (const connection of [redis, patient]) connection.disconnect()
    },
  }
}
