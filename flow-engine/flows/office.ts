import type { Config } from '../../infra/runtime/config.ts'
import { createJobQueue, type JobQueue } from '../../infra/runtime/jobs/queue.ts'
import { startWorker } from '../../infra/runtime/jobs/worker.ts'
import { createPatientRedis, createRedis, type RedisClient, redisReady } from '../../infra/runtime/redis.ts'
import { queueName } from './job.ts'
import { createWork, type WorkTools } from './work.ts'

export interface OfficeOptions extends Omit<WorkTools, 'queue'> {
  config: Config
}

/** Where the jobs of flows are queued and done. */
export interface Office {
  queue: JobQueue
  redis: RedisClient
  close(): Promise<void>
}

/** After so long the jobs of a process that died are done by another. */
const lockMs = 5000
/** What the feed brings a second time comes soon after the first. */
const remembered = { seconds: 60, count: 5000 }
const startMs = 2000

export async function openOffice(options: OfficeOptions): Promise<Office> {
  const { config, logger, meters } = options
  const redis = createRedis(config, logger, 'flows')
  const patient = createPatientRedis(config, logger, 'flow worker')
  await redisReady(redis, startMs)
  const queue = createJobQueue(redis, { name: queueName, attempts: config.flowAttempts, logger, remembered })
  const worker = startWorker(patient, {
    name: queueName,
    concurrency: config.flowConcurrency,
    retryMs: config.flowRetryMs,
    lockMs,
    logger,
    work: createWork({ ...options, queue }),
    failed(error, { id, isDead }) {
      meters.failures.inc()
      if (!isDead) return
      meters.dead.inc()
      logger.error({ error, id }, 'a job of a flow was given up: see make flows')
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
