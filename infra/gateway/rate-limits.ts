import type { ServerResponse } from 'node:http'
import type { Caller } from '../../schemas/caller.ts'
import type { Config } from '../runtime/config.ts'
import { TooMany } from '../runtime/http/too-many.ts'
import { createRateLimiter, type RateLimiter } from '../runtime/rate-limiter.ts'
import type { RedisClient } from '../runtime/redis.ts'

/** Counts a request; throws TooMany when it is one too many. Sets `RateLimit-*` on the response either way. */
export type RateLimits = (caller: Caller, ip: string, response?: ServerResponse) => Promise<void>

/** The same for one endpoint with a limit of its own (`perMinute`); `who` is counted. */
export type EndpointLimits = (
  endpoint: string,
  perMinute: number,
  who: string,
  response?: ServerResponse,
) => Promise<void>

type Settings = Pick<Config, 'rateLimits' | 'rateLimitUser' | 'rateLimitWidget'>

/**
 * So many requests a minute of one user or API key; fewer of one address without credential or with a visitor's. While Redis is away
 * each gateway counts in its own memory.
 */
export function createRateLimits(config: Settings, redis: RedisClient): RateLimits {
  if (config.rateLimits === 'off') return async () => undefined
  const users = createRateLimiter(redis, 'limit:user', config.rateLimitUser)
  const addresses = createRateLimiter(redis, 'limit:address', config.rateLimitWidget)

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
  const counters = new Map<string, RateLimiter>()
  return async (endpoint, perMinute, who, response) => {
    const points = Math.max(1, Math.round((perMinute * rateLimitScale) / 100))
    const counter = counters.get(endpoint) ?? createRateLimiter(redis, `limit:${endpoint}`, points)
    counters.set(endpoint, counter)
    await spend(counter, who, response)
  }
}

async function spend(limiter: RateLimiter, key: string, response: ServerResponse | undefined): Promise<void> {
  const { isOver, left, seconds } = await limiter.count(key)
  response?.setHeader('RateLimit-Limit', limiter.points)
  response?.setHeader('RateLimit-Remaining', left)
  response?.setHeader('RateLimit-Reset', seconds)
  if (isOver) throw new TooMany(`More than ${limiter.points} requests a minute`, seconds)
}

/** Importing a history is one long burst, by somebody whom an admin trusts with it; our own services ask for many. */
function isExempt(caller: Caller): boolean {
  return caller.kind === 'system' || (caller.kind === 'apiKey' && caller.scopes.includes('import'))
}
