import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { createBlobs } from '../infra/runtime/blobs/create-blobs.ts'
import { readConfig, serviceUrl } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { serve } from '../infra/runtime/http/server.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createReadDatabase, pingDatabase } from '../infra/runtime/postgres.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { onShutdown } from '../infra/runtime/shutdown.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { agentBindings } from './http/agents.ts'
import { analyticsBindings } from './http/analytics.ts'
import type { Sources } from './http/asked.ts'
import { assignmentBindings } from './http/assignment.ts'
import { automationBindings } from './http/automations.ts'
import { channelBindings } from './http/channels.ts'
import { contactBindings } from './http/contacts.ts'
import { conversationBindings } from './http/conversations.ts'
import { dialectBindings } from './http/dialects.ts'
import { fileBindings } from './http/files.ts'
import { flowRunBindings } from './http/flow-runs.ts'
import { flowBindings } from './http/flows.ts'
import { messageBindings } from './http/messages.ts'
import { createRecordRead } from './http/reading.ts'
import { settingsBindings } from './http/settings.ts'
import { statisticsBindings } from './http/statistics.ts'
import { suggestionBindings } from './http/suggestion.ts'
import { webhookBindings } from './http/webhooks.ts'
import { widgetBindings } from './http/widgets.ts'
import { createPositions } from './positions.ts'
import { createReader } from './reader.ts'
import { createChat } from './suggestion/chat.ts'

const config = readConfig()
const logger = createLogger(config, 'query-api')
const metrics = createMetrics('query-api')
const database = createReadDatabase(config, { name: 'query-api' })
const pool = createPool(config.readDatabaseUrl, {
  name: 'query-api vault',
  connections: 2,
  lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
})
// It follows no log, which would tell it of erasures: so it keeps no key, and a replay shows none of the words once the key is dropped.
const vault = createVault({ pool, masterKey: config.vaultKey, cacheSeconds: 0 })
const log = createEventLog({ config, vault, logger })
const reader = createReader(database)
const tokens = createInternalTokens(config.internalSecret)
const sources: Sources = {
  reader,
  positions: createPositions(reader, config.waitForMs),
  log,
  now: () => new Date(),
}

const server = await serve({
  name: 'query-api',
  config,
  logger,
  metrics,
  host: config.host,
  port: config.queryApiPort,
  tokens,
  bindings: [
    ...conversationBindings(sources, createRecordRead({ url: serviceUrl(config, 'commandApi'), tokens }, logger)),
    ...messageBindings(sources),
    ...fileBindings(sources, await createBlobs(config)),
    ...statisticsBindings(sources, config.publicUrl),
    ...analyticsBindings(sources),
    ...assignmentBindings(sources),
    ...automationBindings(sources),
    ...dialectBindings(sources),
    ...agentBindings(sources),
    ...contactBindings(sources),
    ...widgetBindings(sources, config.publicUrl),
    ...channelBindings(sources),
    ...webhookBindings(sources),
    ...flowBindings(sources),
    ...flowRunBindings(sources),
    ...settingsBindings(sources),
    ...suggestionBindings(sources, createChat(config, logger)),
  ],
  ready: async () => {
    await pingDatabase(database)
    return undefined
  },
})

onShutdown(logger, [
  { name: 'http', run: () => server.stop() },
  { name: 'event log', run: () => log.close() },
  { name: 'postgres', run: () => Promise.all([database.destroy(), pool.end()]) },
])
