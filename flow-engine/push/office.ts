import type { Config } from '../../infra/runtime/config.ts'
import { createJobQueue, type JobQueue } from '../../infra/runtime/jobs/queue.ts'
import { startWorker } from '../../infra/runtime/jobs/worker.ts'
import { createPatientRedis, createRedis, duplicateRedis, redisReady } from '../../infra/runtime/redis.ts'
import { createApns } from './apns.ts'
import { Attendance } from './attendance.ts'
import { createDeliver, type DeliverTools } from './deliver.ts'
import { createFcm } from './fcm.ts'
import { GoogleTokens } from './google-tokens.ts'
import { checkPushJob, type PushJob, queueName } from './job.ts'
import { ProviderTokens } from './provider-tokens.ts'

export interface OfficeOptions extends Omit<DeliverTools, 'attendance' | 'senders'> {
  config: Config
}

/** Where pushes are queued and sent. */
export interface Office {
  enqueue(id: string, job: PushJob): Promise<void>
  close(): Promise<void>
}

/** Pushes on their way at the same time: most of the time of each is waiting for Google or Apple. */
const concurrency = 32

export async function openOffice(options: OfficeOptions): Promise<Office> {
  const { config, logger, meters } = options
  const redis = createRedis(config, logger, 'push')
  const listener = duplicateRedis(redis, logger)
  const patient = createPatientRedis(config, logger, 'push worker')
  // Whoever is asked for at once is not known to be connected before the answers can be heard.
  await Promise.all([redisReady(redis, startMs), redisReady(listener, startMs)])
  const queue: JobQueue = createJobQueue(redis, { name: queueName, attempts: config.pushAttempts, logger })
  const senders = {
    fcm: createFcm({ url: config.fcmUrl, tokens: new GoogleTokens(config.fcmTokenUrl) }),
    apns: createApns({ url: config.apnsUrl, tokens: new ProviderTokens() }),
  }
  const worker = startWorker(patient, {
    name: queueName,
    concurrency,
    retryMs: config.pushRetryMs,
    logger,
    work: createDeliver({ ...options, senders, attendance: new Attendance({ redis, listener, logger }) }),
    failed(error, { id, data, isDead }) {
      const job = checkPushJob(data)
      const platform = job.ok ? job.value.platform : 'none'
      meters.failures.inc({ platform })
      if (!isDead) return
      meters.dead.inc({ platform })
      logger.error({ error, id, platform }, 'a push was given up: see make push')
    },
  })
  meters.countWith(() => queue.counts())
  return {
    async enqueue(id, job) {
      await queue.add(id, job)
      meters.queued.inc({ platform: job.platform })
    },
    async close() {
      meters.countWith(undefined)
      await worker.close()
      await queue.close()
      for (const connection of [redis, listener, patient]) connection.disconnect()
      for (const sender of [senders.fcm, senders.apns]) sender.close()
    },
  }
}

const startMs = 2000
