import type { Config } from '../../infra/runtime/config.ts'
import { createJobQueue, type JobQueue } from '../../infra/runtime/jobs/queue.ts'
import { startWorker } from '../../infra/runtime/jobs/worker.ts'
import { createPatientRedis, createRedis, type RedisClient, redisReady } from '../../infra/runtime/redis.ts'
import { queueName } from './job.ts'
import { createWork, type WorkTools } from './work.ts'

export interface OfficeOptions extends Omit<WorkTools, 'attempts'> {
  config: Config
}

/** Where the runs of automations are queued and done. */
export interface Office {
  queue: JobQueue
  redis: RedisClient
  close(): Promise<void>
}

/** After so long the jobs of a process that died are done by another. */
const lockMs = 10_000
/** What the feed brings a second time comes soon after the first. */
const remembered = { seconds: 3600, count: 20_000 }
/** More than a webhook is tried: what is given up then is a fault of ours, for people to look at. */
const furtherTries = 5
const startMs = 2000

export async function openOffice(options: OfficeOptions): Promise<Office> {
  const { config, logger, meters } = options
  const redis = createRedis(config, logger, 'automations')
  const patient = createPatientRedis(config, logger, 'automation worker')
  await redisReady(redis, startMs)
  const attempts = config.automationAttempts
  const queue = createJobQueue(redis, { name: queueName, attempts: attempts + furtherTries, logger, remembered })
  const worker = startWorker(patient, {
    name: queueName,
    concurrency: config.automationConcurrency,
    retryMs: config.automationRetryMs,
    lockMs,
    logger,
    work: createWork({ ...options, attempts }),
    failed(error, { id, data, isDead }) {
      meters.failures.inc()
      if (!isDead) return
      meters.dead.inc()
      logger.error({ error, id, data }, 'a run of an automation was given up: see make automations')
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
