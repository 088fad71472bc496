import { agentRoutes } from '../../schemas/agent/routes.ts'
import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import { createVisitorTokens } from '../runtime/auth/visitor-tokens.ts'
import { type Config, serviceUrl } from '../runtime/config.ts'
import type { Serving } from '../runtime/http/server.ts'
import type { Logger } from '../runtime/logger.ts'
import { createMetrics } from '../runtime/metrics.ts'
import type { Database } from '../runtime/postgres.ts'
import type { RedisClient } from '../runtime/redis.ts'
import { createBrowserRules } from './browser-rules.ts'
import { createCallers } from './callers.ts'
import { connectionCount } from './connecting.ts'
import { createCredentials } from './credentials.ts'
import { dialectBindings } from './dialects/bindings.ts'
import { siteCount } from './dialects/site-chat/limits.ts'
import { startGateway } from './gateway.ts'
import { createIdentity } from './identity/identity.ts'
import { createOrigins } from './origins.ts'
import { createPages } from './pages.ts'
import { createEndpointLimits, createRateLimits } from './rate-limits.ts'
import { recognitionBindings } from './recognition.ts'
import { whatsappBindings } from './whatsapp/webhooks.ts'

export interface Surroundings {
  config: Config
  logger: Logger
  database: Database
  redis: RedisClient
  ready: () => Promise<string | undefined>
}

/** The gateway with all its parts, listening on the configured port. */
export async function openGateway({ config, logger, database, redis, ready }: Surroundings): Promise<Serving> {
  const tokens = createInternalTokens(config.internalSecret)
  const services = {
    commandApi: { url: serviceUrl(config, 'commandApi'), tokens },
    queryApi: { url: serviceUrl(config, 'queryApi'), tokens },
  }
  const origins = createOrigins(config)
  const identity = createIdentity({ config, logger, database, redis, origins, commandApi: services.commandApi })
  const { accessTokens, apiKeys, cookieSessions, standing } = identity
  const visitorTokens = createVisitorTokens(config.visitorSecret)
  const credentials = createCredentials({ accessTokens, visitorTokens, apiKeys, standing })
  const socketSeconds = config.accessTokenSeconds

  const limit = createRateLimits(config, redis)
  const endpointLimits = createEndpointLimits(config, redis)
  const dialects = dialectBindings({ ...services, visitorTokens, limit })

  const hooks = whatsappBindings({ config, logger, ...services, limit })

  return startGateway({
    config,
    logger,
    metrics: createMetrics('gateway'),
    bindings: [...identity.bindings, ...recognitionBindings({ credentials, tokens }), ...dialects, ...hooks],
    callers: createCallers({ credentials, tokens, cookieSessions, standing, origins, socketSeconds }),
    credentials,
    tokens,
    limit,
    countEndpoint: siteCount(endpointLimits),
    countConnection: connectionCount(limit, endpointLimits),
    browserRules: createBrowserRules(config, origins),
    pages: createPages(),
    ready,
    done(route, { id = '' }) {
      // Here it holds at once; other gateways learn it within seconds.
      if (route === agentRoutes.remove || route === agentRoutes.changeRole) standing.forget(id.toLowerCase())
    },
  })
}
