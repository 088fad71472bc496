import { agentRoutes } from '../../../schemas/agent/routes.ts'
import { conversationCommands } from '../../../schemas/conversation/command-routes.ts'
import { conversationQueries } from '../../../schemas/conversation/query-routes.ts'
import type { Route } from '../../../schemas/route.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { createInternalTokens } from '../../runtime/auth/internal-tokens.ts'
import type { Config } from '../../runtime/config.ts'
import { bind } from '../../runtime/http/binding.ts'
import { type Serving, serve } from '../../runtime/http/server.ts'
import { createLogger } from '../../runtime/logger.ts'
import { createMetrics } from '../../runtime/metrics.ts'
import { createDatabase, type Database } from '../../runtime/postgres.ts'
import { createRedis, type RedisClient, redisReady } from '../../runtime/redis.ts'
import { openGateway } from '../composition.ts'
import { migrateIdentity } from '../identity/migrations.ts'

/** Real Postgres and Redis, with the identity schema in place. */
export interface Stores {
  config: Config
  database: Database
  redis: RedisClient
  stack: Stack
  stop(): Promise<void>
}

export const silent = createLogger({ logLevel: 'silent' }, 'test')

export async function startStores(): Promise<Stores> {
  const env = { NODE_ENV: 'test', LOG_LEVEL: 'silent' }
  const stack = await startStack({ ports: 'free', only: ['postgres', 'redis'], env })
  const database = createDatabase(stack.config, { name: 'test' })
  const redis = createRedis(stack.config, silent, 'test')
  await migrateIdentity(database)
  if (!(await redisReady(redis, 5000))) throw new Error('Redis did not become ready')
  return {
    config: stack.config,
    database,
    redis,
    stack,
    async stop() {
      redis.disconnect()
      await database.destroy()
      await stack.stop()
    },
  }
}

/** A log that has heard of no agent. */
const strangers = bind(agentRoutes.standing, ({ params: { id } }) => ({
  status: 200,
  body: { id, workspaceId: null, role: null, status: 'none' },
}))

/** A service that answers with who it was told is calling, through the same HTTP layer as the real ones. */
export async function startEcho(config: Config): Promise<Serving> {
  const routes: Route[] = [...Object.values(conversationCommands), ...Object.values(conversationQueries)]
  return serve({
    name: 'echo',
    // What it answers is not what the routes declare.
    config: { environment: 'production' },
    logger: silent,
    metrics: createMetrics('echo'),
    port: 0,
    host: '127.0.0.1',
    tokens: createInternalTokens(config.internalSecret),
    ready: async () => undefined,
    bindings: [
      strangers,
      ...routes.map((route) =>
        bind(route, ({ caller, headers, trace, query, body }) => ({
          status: 200,
          body: { caller, headers, trace, query, body },
          revision: 7,
        })),
      ),
    ],
  })
}

export interface Door {
  url: string
  stop(): Promise<void>
}

/** The gateway as it runs, before echoing services; `over` changes its settings. */
export async function openDoor(stores: Stores, over: Partial<Config> = {}): Promise<Door> {
  const config = { ...stores.config, gatewayPort: 0, ...over }
  const { database, redis } = stores
  const gateway = await openGateway({ config, logger: silent, database, redis, ready: async () => undefined })
  return { url: `http://127.0.0.1:${gateway.port}`, stop: () => gateway.stop(500) }
}
