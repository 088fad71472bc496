import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import type { Config } from '../../infra/runtime/config.ts'
import { createJobQueue } from '../../infra/runtime/jobs/queue.ts'
import { startWorker } from '../../infra/runtime/jobs/worker.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { createPatientRedis, createRedis, redisReady } from '../../infra/runtime/redis.ts'
import { Id } from '../../schemas/fields.ts'
import { checkOf } from '../../schemas/validator.ts'
import type { Lane } from './lanes-book.ts'
import { inTurns } from './turns.ts'

export interface OfficeOptions {
  config: Config
  logger: Logger
  work: (lane: Lane) => Promise<void>
}

/** The alarm clock of lanes: BullMQ says when one is to be worked, and in which process. What it forgets, the sweep finds. */
export interface Office {
  /** Has a lane worked by somebody. */
  ring(lane: Lane, delayMs: number): Promise<void>
  /** The same, unless it was done some seconds ago already. */
  ringOnce(lane: Lane): Promise<void>
  close(): Promise<void>
}

const queueName = 'webhooks'
const checkLane = checkOf(Type.Object({ webhookId: Id, stream: Type.String() }))
const startMs = 2000
/** A webhook has at most one of so many shares of a process. */
const shares = 4
const mostWaiting = 10_000
const spellMs = 10_000

export async function openOffice({ config, logger, work }: OfficeOptions): Promise<Office> {
  const redis = createRedis(config, logger, 'webhooks')
  const patient = createPatientRedis(config, logger, 'webhooks worker')
  await redisReady(redis, startMs)
  const remembered = { seconds: 0, count: 0 }
  const queue = createJobQueue(redis, { name: queueName, attempts: 1, remembered, logger })
  const take = inTurns({
    each: Math.ceil(config.webhookConcurrency / shares),
    most: mostWaiting,
    async work(lane) {
      try {
        await work(lane)
      } catch (error) {
        // What is away comes back; the rows wait, and the sweep rings again.
        logger.warn({ error, ...lane }, 'a lane of a webhook could not be worked')
      }
    },
  })
  const worker = startWorker(patient, {
    name: queueName,
    concurrency: config.webhookConcurrency,
    retryMs: 1000,
    logger,
    async work(id, data) {
      const lane = checkLane(data)
      if (lane.ok) await take(lane.value)
      else logger.error({ id }, 'this is no lane of a webhook')
    },
    failed: (error, { id }) => logger.warn({ error, id }, 'a lane of a webhook could not be worked'),
  })
  // What a killed process was at stays there for a minute under its id, and must not be in the way of the next.
  const spell = () => Math.floor(Date.now() / spellMs)
  const dataOf = ({ webhookId, stream }: Lane) => ({ webhookId, stream })
  return {
    ring: (lane, delayMs) => queue.add(`ring-${randomUUID()}`, dataOf(lane), { delayMs: Math.ceil(delayMs) }),
    ringOnce: (lane) => queue.add(`lane-${lane.webhookId}-${lane.stream}-${spell()}`, dataOf(lane)),
    async close() {
      await worker.close()
      await queue.close()
      for (const connection of [redis, patient]) connection.disconnect()
    },
  }
}
