import { setTimeout as sleep } from 'node:timers/promises'
import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import { createVisitorTokens } from '../runtime/auth/visitor-tokens.ts'
import { readConfig } from '../runtime/config.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'
import { createMetrics } from '../runtime/metrics.ts'
import { createDatabase, type Database, pingDatabase } from '../runtime/postgres.ts'
import { createRedis } from '../runtime/redis.ts'
import { onShutdown } from '../runtime/shutdown.ts'
import { createBrowserRules } from './browser-rules.ts'
import { createCredentials } from './credentials.ts'
import { startGateway } from './gateway.ts'
import { createAccessTokens } from './identity/access-tokens.ts'
import { createApiKeys } from './identity/api-keys.ts'
import { connectGoTrue } from './identity/gotrue.ts'
import { createLoginLimits, noLoginLimits } from './identity/login-limits.ts'
import { migrateIdentity } from './identity/migrations.ts'
import { createSessions } from './identity/sessions.ts'
import { forwardedTokenRoute, tokenRoute } from './identity/token-route.ts'
import { createUsers } from './identity/users.ts'
import { createPages } from './pages.ts'
import { createRateLimits } from './rate-limits.ts'

const config = readConfig()
const logger = createLogger(config, 'gateway')
const database = createDatabase(config, { name: 'gateway', connections: 5 })
const redis = createRedis(config, logger, 'gateway')

const accessTokens = createAccessTokens(config)
const apiKeys = createApiKeys(database, logger)
const visitorTokens = createVisitorTokens(config.visitorSecret)
const loginLimits = config.rateLimits === 'off' ? noLoginLimits() : createLoginLimits(redis)
const { accessTokenSeconds } = config
const issuer = {
  users: createUsers(database),
  sessions: createSessions(database),
  accessTokens,
  loginLimits,
  accessTokenSeconds,
}

const migrated = migrateInTheEnd(database, logger)

const gateway = await startGateway({
  config,
  logger,
  metrics: createMetrics('gateway'),
  port: config.gatewayPort,
  bindings: [
    config.goTrueUrl === undefined
      ? tokenRoute(issuer)
      : forwardedTokenRoute(connectGoTrue(config.goTrueUrl), loginLimits),
  ],
  credentials: createCredentials({ accessTokens, visitorTokens, apiKeys }),
  tokens: createInternalTokens(config.internalSecret),
  limit: createRateLimits(config, redis),
  browserRules: createBrowserRules(config),
  pages: createPages(),
  async ready() {
    if (!migrated.done) return 'the identity store cannot be reached or is not migrated yet'
    await pingDatabase(database)
    return undefined
  },
})

onShutdown(logger, [
  { name: 'http', run: () => gateway.stop() },
  { name: 'redis', run: () => redis.disconnect() },
  { name: 'postgres', run: () => database.destroy() },
])

/** Postgres may come up after us; until then all that needs no identity store works. */
function migrateInTheEnd(database: Database, logger: Logger): { done: boolean } {
  const state = { done: false }
  const run = async () => {
    for (let wait = 100; ; wait = Math.min(wait * 2, 5000)) {
      try {
        await migrateIdentity(database)
        state.done = true
        return
      } catch (error) {
        logger.warn({ error }, 'the identity store could not be migrated; trying again')
        await sleep(wait)
      }
    }
  }
  void run()
  return state
}
