import type { ServerResponse } from 'node:http'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from '../../schemas/caller.ts'
import type { Config } from '../runtime/config.ts'
import { TooMany } from '../runtime/http/too-many.ts'
import type { RedisClient } from '../runtime/redis.ts'

/** Counts a request; throws TooMany when it is one too many. Sets `RateLimit-*` on the response either way. */
export type RateLimits = (caller: Caller, ip: string, response?: ServerResponse) => Promise<void>

/** The same for one endpoint with a limit of its own (`perMinute`); `who` is counted. */
export type EndpointLimits = (
  endpoint: string,
  perMinute: number,
  who: string,
  response: ServerResponse,
) => Promise<void>

const seconds = 60

type Settings = Pick<Config, 'rateLimits' | 'rateLimitUser' | 'rateLimitWidget'>

/**
 * So many requests a minute of one user or API key; fewer of one address without credential or with a visitor's. While Redis is away
 * each gateway counts in its own memory.
 */
export function createRateLimits(config: Settings, redis: RedisClient): RateLimits {
  if (config.rateLimits === 'off') return async () => undefined
  const users = limiterOf(redis, 'limit:user', config.rateLimitUser)
  const addresses = limiterOf(redis, 'limit:address', config.rateLimitWidget)

  return async (caller, ip, response) => {
    if (isExempt(caller)) return
    const [counter, key] =
      caller.kind === 'anonymous' || caller.kind === 'visitor'
        ? [addresses, ip]
        : [users, `${caller.kind}:${caller.id}`]
    await spend(counter, key, response)
  }
}

/** Limits of single endpoints, scaled by the setting. */
export function createEndpointLimits(
  { rateLimits, rateLimitScale }: Pick<Config, 'rateLimits' | 'rateLimitScale'>,
  redis: RedisClient,
): EndpointLimits {
  if (rateLimits === 'off') return async () => undefined
  const counters = new Map<string, RateLimiterRedis>()
  return async (endpoint, perMinute, who, response) => {
    const points = Math.max(1, Math.round((perMinute * rateLimitScale) / 100))
    const counter = counters.get(endpoint) ?? limiterOf(redis, `limit:${endpoint}`, points)
    counters.set(endpoint, counter)
    await spend(counter, who, response)
  }
}

function limiterOf(redis: RedisClient, keyPrefix: string, points: number): RateLimiterRedis {
  return new RateLimiterRedis({
    storeClient: redis,
    keyPrefix,
    points,
    duration: seconds,
    rejectIfRedisNotReady: true,
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: seconds }),
  })
}

async function spend(counter: RateLimiterRedis, key: string, response: ServerResponse | undefined): Promise<void> {
  const { state, over } = await count(counter, key)
  const left = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
  response?.setHeader('RateLimit-Limit', counter.points)
  response?.setHeader('RateLimit-Remaining', Math.max(0, state.remainingPoints))
  response?.setHeader('RateLimit-Reset', left)
  if (over) throw new TooMany(`More than ${counter.points} requests a minute`, left)
}

/** The limiter throws its state, which is no error, when a request is one too many. */
async function count(counter: RateLimiterRedis, key: string): Promise<{ state: RateLimiterRes; over: boolean }> {
  try {
    return { state: await counter.consume(key), over: false }
  } catch (reason) {
    if (reason instanceof RateLimiterRes) return { state: reason, over: true }
    throw reason
  }
}

/** Importing a history is one long burst, by somebody whom an admin trusts with it. */
function isExempt(caller: Caller): boolean {
  return caller.kind === 'apiKey' && caller.scopes.includes('import')
}
