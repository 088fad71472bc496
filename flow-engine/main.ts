import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { readConfig, serviceUrl } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { createOutbound } from '../infra/runtime/http/outbound.ts'
import { serve } from '../infra/runtime/http/server.ts'
import { createLock } from '../infra/runtime/lock/lock.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { onShutdown } from '../infra/runtime/shutdown.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { createActions } from './actions/actions.ts'
import { createAutomations } from './automations/automations.ts'
import { createCheckpoints } from './checkpoint.ts'
import { Flows } from './flows/flows.ts'
import { whileLeading } from './leading.ts'
import { createMeters } from './meters.ts'
import { patienceOf, react } from './react.ts'
import { createServices } from './services.ts'
import { createWebhooks } from './webhooks/webhooks.ts'
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
const commandApi = { url: serviceUrl(config, 'commandApi'), tokens }
const queryApi = { url: serviceUrl(config, 'queryApi'), tokens }
const services = createServices({ commandApi, queryApi })
const checkpoints = createCheckpoints(pool)
const outbox = createOutbox(pool)
const outbound = createOutbound({ allowPrivate: config.outboundPrivate === 'on', timeoutMs: config.webhookTimeoutMs })
const actions = createActions({ commandApi, queryApi, outbound, head: () => log.head() })
const flows = new Flows({
  ...{ config, log, logger, checkpoints, commandApi, queryApi, actions },
  meters: meters.flows,
  underWay: services.runsUnderWay,
})
const { registry } = metrics
const webhooks = createWebhooks({ config, logger, registry, turnOff: services.turnOffWebhook })
const stopping = new AbortController()
const automations = createAutomations({
  ...{ config, log, logger, checkpoints, commandApi, queryApi, actions },
  meters: meters.automations,
})

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
  (signal) =>
    react({ config, log, logger, meters, services, checkpoints, automations, flows, outbox, webhooks, signal }),
).catch((error: unknown) => {
  logger.fatal({ error }, 'the reactions cannot run')
  process.exit(1)
})

// Every process does steps of flows and runs of automations, whichever leads.
const working = flows.work(patienceOf({ meters, logger }, 'flow-work', stopping.signal)).catch((error: unknown) => {
  if (!stopping.signal.aborted) logger.fatal({ error }, 'steps of flows cannot be done')
})
const automating = automations
  .work(patienceOf({ meters, logger }, 'automation-work', stopping.signal))
  .catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.fatal({ error }, 'automations cannot be run')
  })

onShutdown(logger, [
  { name: 'http', run: () => server.stop() },
  {
    name: 'reactions',
    run: () => {
      stopping.abort()
      return Promise.all([running, working, automating])
    },
  },
  { name: 'steps of flows', run: () => flows.close() },
  { name: 'outbound', run: () => outbound.close() },
  { name: 'webhooks', run: () => webhooks.close() },
  { name: 'event log', run: () => log.close() },
  { name: 'postgres', run: () => pool.end() },
])
logger.info({ port: server.port }, 'flow-engine is ready')
