import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { TooMany } from '../../runtime/http/too-many.ts'
import type { RedisClient } from '../../runtime/redis.ts'

/** Slows the guessing of passwords: for one account, and for one address that tries many. */
export interface LoginLimits {
  /**
   * Counts a try before its password is looked at, so that many at once count as many. Throws TooMany. What it resolves with
   * takes the try back, once the password was right.
   */
  attempt(email: string, ip: string): Promise<() => Promise<void>>
}

/** Five wrong passwords a minute for an account lock out nobody for long, and leave a guesser 7,200 tries a day. */
const perAccount = { points: 5, duration: 60 }
const perAddress = { points: 30, duration: 300 }

export function createLoginLimits(redis: RedisClient): LoginLimits {
  const limiter = (keyPrefix: string, limit: { points: number; duration: number }) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix,
      ...limit,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, ...limit }),
    })
  const accounts = limiter('login:account', perAccount)
  const addresses = limiter('login:address', perAddress)

  return {
    async attempt(email, ip) {
      // Redis holds no addresses of people.
      const account = createHash('sha256').update(email.toLowerCase()).digest('base64url')
      await addresses.consume(ip).catch(refuse)
      await accounts.consume(account).catch(refuse)
      return async () => {
        await Promise.all([accounts.delete(account), addresses.reward(ip)])
      }
    },
  }
}

/** For `RATE_LIMITS=off`. */
export function noLoginLimits(): LoginLimits {
  return { attempt: async () => async () => undefined }
}

function refuse(reason: unknown): never {
  if (reason instanceof RateLimiterRes)
    throw new TooMany('Too many failed log-ins', Math.max(1, Math.ceil(reason.msBeforeNext / 1000)))

  throw reason
}
