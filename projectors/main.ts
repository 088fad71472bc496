import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { readConfig } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { serve } from '../infra/runtime/http/server.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { onShutdown } from '../infra/runtime/shutdown.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { createGauges } from './gauges.ts'
import { createRunner } from './runner.ts'
import { projections } from './screens.ts'

const config = readConfig()
const logger = createLogger(config, 'projectors')
const metrics = createMetrics('projectors')
const pool = createPool(config.databaseUrl, {
  name: 'projectors vault',
  connections: 2,
  lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
})
const vault = createVault({ pool, masterKey: config.vaultKey })
const log = createEventLog({ config, vault, logger })
const gauges = createGauges(metrics.registry)
const stopping = new AbortController()

const runner = createRunner({
  config,
  log,
  projections,
  logger,
  signal: stopping.signal,
  events: {
    parked: (poison, lane) => {
      gauges.events.parked?.(poison, lane)
      const { stream, revision, type } = poison.event
      logger.error({ projection: lane.name, stream, revision, type, error: poison.error }, 'parked a stream')
    },
    dropped: (generations, { name: projection }) =>
      logger.info({ projection, generations }, 'dropped what was kept for a rollback: a contact was erased'),
  },
})

const server = await serve({
  name: 'projectors',
  config,
  logger,
  metrics,
  host: config.host,
  port: config.projectorsPort,
  tokens: createInternalTokens(config.internalSecret),
  bindings: [],
  ready: async () => {
    if (runner.lanes().length < projections.length) return 'the projections are not open yet'
    await log.head()
    return undefined
  },
})
gauges.watch(runner.lanes, log)

const running = runner.run().catch((error: unknown) => {
  logger.fatal({ error }, error instanceof Error ? error.message : 'the projections cannot run')
  process.exit(1)
})

onShutdown(logger, [
  { name: 'http', run: () => server.stop() },
  {
    name: 'projections',
    run: () => {
      gauges.stop()
      stopping.abort()
      return running
    },
  },
  { name: 'event log', run: () => log.close() },
  { name: 'postgres', run: () => pool.end() },
])
