import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { RedisClient } from './redis.ts'

/** So many a minute of each key, over all processes; while Redis is away each process counts in its own memory. */
export interface RateLimiter {
  readonly points: number
  count(key: string): Promise<Counted>
}

export interface Counted {
  isOver: boolean
  left: number
  /** Until all are there again. */
  seconds: number
}

const windowSeconds = 60

/** `name` tells its keys from those of other limiters: two of one name share what they count. */
export function createRateLimiter(redis: RedisClient, name: string, points: number): RateLimiter {
  const counter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: name,
    points,
    duration: windowSeconds,
    rejectIfRedisNotReady: true,
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration: windowSeconds }),
  })
  return {
    points,
    async count(key) {
      const { state, isOver } = await consume(counter, key)
      const left = Math.max(0, state.remainingPoints)
      return { isOver, left, seconds: Math.max(1, Math.ceil(state.msBeforeNext / 1000)) }
    },
  }
}

/** The limiter throws its state, which is no error, when one is too many. */
async function consume(counter: RateLimiterRedis, key: string): Promise<{ state: RateLimiterRes; isOver: boolean }> {
  try {
    return { state: await counter.consume(key), isOver: false }
  } catch (reason) {
    if (reason instanceof RateLimiterRes) return { state: reason, isOver: true }
    throw reason
  }
}
