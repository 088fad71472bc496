import { Redis } from 'ioredis'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'

export type RedisClient = Redis

/**
 * A connection to Redis that is never waited for: while Redis is away a command fails at once instead of being queued, and the
 * connection is tried again for ever. Errors are logged once per outage, since each try repeats the same one.
 */
export function createRedis(config: Pick<Config, 'redisUrl'>, logger: Logger, name: string): RedisClient {
  const redis = new Redis(config.redisUrl, {
    connectionName: `parley-${name}`,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 3000,
    commandTimeout: 2000,
    retryStrategy,
  })
  reportOutages(redis, logger)
  return redis
}

/** A connection on which commands wait until Redis is there, as the workers of queues do who have nothing else to do. */
export function createPatientRedis(config: Pick<Config, 'redisUrl'>, logger: Logger, name: string): RedisClient {
  const redis = new Redis(config.redisUrl, {
    connectionName: `parley-${name}`,
    maxRetriesPerRequest: null,
    connectTimeout: 3000,
    retryStrategy,
  })
  reportOutages(redis, logger)
  return redis
}

const retryStrategy = (attempt: number) => Math.min(attempt * 100, 2000)

function reportOutages(redis: RedisClient, logger: Logger): void {
  let away = false
  redis.on('error', (error) => {
    if (!away) logger.warn({ error }, 'Redis is away')
    away = true
  })
  redis.on('ready', () => {
    if (away) logger.info('Redis is back')
    away = false
  })
}

/** A second connection with the same settings, as publish/subscribe needs: a connection that subscribes can do nothing else. */
export function duplicateRedis(redis: RedisClient, logger: Logger): RedisClient {
  const copy = redis.duplicate()
  copy.on('error', (error) => logger.debug({ error }, 'Redis is away'))
  return copy
}

/** Resolves with true as soon as the connection is usable, with false when it is not within the time. */
export async function redisReady(redis: RedisClient, withinMs: number): Promise<boolean> {
  if (redis.status === 'ready') return true
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(false), withinMs)
    const onReady = () => settle(true)
    const settle = (ready: boolean) => {
      clearTimeout(timer)
      redis.off('ready', onReady)
      resolve(ready)
    }
    redis.once('ready', onReady)
  })
}
