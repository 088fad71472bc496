import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { readConfig, serviceUrl } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { serve } from '../infra/runtime/http/server.ts'
import { createLock } from '../infra/runtime/lock/lock.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { onShutdown } from '../infra/runtime/shutdown.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { createCheckpoints } from './checkpoint.ts'
import { whileLeading } from './leading.ts'
import { createMeters } from './meters.ts'
import { react } from './react.ts'
import { createServices } from './services.ts'
import { createOutbox } from './whatsapp/outbox.ts'

const config = readConfig()
const logger = createLogger(config, 'flow-engine')
const metrics = createMetrics('flow-engine')
const meters = createMeters(metrics.registry)
const tokens = createInternalTokens(config.internalSecret)
// One connection holds the lock or waits for it; the others are for keys and checkpoints.
const pool = createPool(config.databaseUrl, {
  name: 'flow-engine',
  connections: 3,
  lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
})
const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }), logger })
const services = createServices({
  commandApi: { url: serviceUrl(config, 'commandApi'), tokens },
  queryApi: { url: serviceUrl(config, 'queryApi'), tokens },
})
const checkpoints = createCheckpoints(pool)
const outbox = createOutbox(pool)
const stopping = new AbortController()

const server = await serve({
  name: 'flow-engine',
  config,
  logger,
  metrics,
  host: config.host,
  port: config.flowEnginePort,
  tokens,
  bindings: [],
  ready: async () => {
    await Promise.all([pool.query('select 1'), log.head()])
    return undefined
  },
})

const running = whileLeading(
  {
    withLock: createLock(pool),
    logger,
    signal: stopping.signal,
    changed: (leads) => meters.leading.set(leads ? 1 : 0),
  },
  (signal) => react({ config, log, logger, meters, services, checkpoints, outbox, signal }),
).catch((error: unknown) => {
  logger.fatal({ error }, 'the reactions cannot run')
  process.exit(1)
})

onShutdown(logger, [
  { name: 'http', run: () => server.stop() },
  {
    name: 'reactions',
    run: () => {
      stopping.abort()
      return running
    },
  },
  { name: 'event log', run: () => log.close() },
  { name: 'postgres', run: () => pool.end() },
])
logger.info({ port: server.port }, 'flow-engine is ready')
