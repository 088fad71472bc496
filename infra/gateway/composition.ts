import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import { createVisitorTokens } from '../runtime/auth/visitor-tokens.ts'
import { type Config, serviceUrl } from '../runtime/config.ts'
import type { Serving } from '../runtime/http/server.ts'
import type { Logger } from '../runtime/logger.ts'
import { createMetrics } from '../runtime/metrics.ts'
import type { Database } from '../runtime/postgres.ts'
import type { RedisClient } from '../runtime/redis.ts'
import { createBrowserRules } from './browser-rules.ts'
import { createCredentials } from './credentials.ts'
import { dialectBindings } from './dialects/bindings.ts'
import { startGateway } from './gateway.ts'
import { createAccessTokens } from './identity/access-tokens.ts'
import { createApiKeys } from './identity/api-keys.ts'
import { connectGoTrue } from './identity/gotrue.ts'
import { createLoginLimits, noLoginLimits } from './identity/login-limits.ts'
import { createSessions } from './identity/sessions.ts'
import { forwardedTokenRoute, tokenRoute } from './identity/token-route.ts'
import { createUsers } from './identity/users.ts'
import { createPages } from './pages.ts'
import { createRateLimits } from './rate-limits.ts'

export interface Surroundings {
  config: Config
  logger: Logger
  database: Database
  redis: RedisClient
  ready: () => Promise<string | undefined>
}

/** The gateway with all its parts, listening on the configured port. */
export async function openGateway({ config, logger, database, redis, ready }: Surroundings): Promise<Serving> {
  const accessTokens = createAccessTokens(config)
  const loginLimits = config.rateLimits === 'off' ? noLoginLimits() : createLoginLimits(redis)
  const token =
    config.goTrueUrl === undefined
      ? tokenRoute({
          users: createUsers(database),
          sessions: createSessions(database),
          accessTokens,
          loginLimits,
          accessTokenSeconds: config.accessTokenSeconds,
        })
      : forwardedTokenRoute(connectGoTrue(config.goTrueUrl), loginLimits)

  const tokens = createInternalTokens(config.internalSecret)
  const dialects = dialectBindings({
    commandApi: { url: serviceUrl(config, 'commandApi'), tokens },
    queryApi: { url: serviceUrl(config, 'queryApi'), tokens },
  })

  return startGateway({
    config,
    logger,
    metrics: createMetrics('gateway'),
    bindings: [token, ...dialects],
    credentials: createCredentials({
      accessTokens,
      visitorTokens: createVisitorTokens(config.visitorSecret),
      apiKeys: createApiKeys(database, logger),
    }),
    tokens,
    limit: createRateLimits(config, redis),
    browserRules: createBrowserRules(config),
    pages: createPages(),
    ready,
  })
}
