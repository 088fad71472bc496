import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { createVisitorTokens } from '../infra/runtime/auth/visitor-tokens.ts'
import { createBlobs } from '../infra/runtime/blobs/create-blobs.ts'
import { readConfig, serviceUrl } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { serve } from '../infra/runtime/http/server.ts'
import { serviceCall } from '../infra/runtime/http/service-call.ts'
import { insist } from '../infra/runtime/insist.ts'
import { createLock } from '../infra/runtime/lock/lock.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { onShutdown } from '../infra/runtime/shutdown.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { ContactConversations } from '../schemas/contact/resource.ts'
import { contactRoutes } from '../schemas/contact/routes.ts'
import { createNames } from './automations/names.ts'
import { createErase } from './erasure.ts'
import { openFlowBook } from './flows/open-book.ts'
import { createHandle } from './handle.ts'
import { agentBindings } from './http/agents.ts'
import { assignmentBindings } from './http/assignment.ts'
import { automationOccasionBindings } from './http/automation-occasions.ts'
import { automationBindings } from './http/automations.ts'
import { createCloseOpen } from './http/channel-closing.ts'
import { channelConversationBindings } from './http/channel-conversations.ts'
import { channelBindings } from './http/channels.ts'
import { contactBindings } from './http/contacts.ts'
import { conversationBindings } from './http/conversations.ts'
import { deliveryBindings } from './http/deliveries.ts'
import { deviceBindings } from './http/devices.ts'
import { fileBindings } from './http/files.ts'
import { createFlowChanges } from './http/flow-change.ts'
import { flowElementBindings } from './http/flow-elements.ts'
import { flowRunBindings } from './http/flow-runs.ts'
import { flowBindings } from './http/flows.ts'
import { createLoads } from './http/loads.ts'
import { messageBindings } from './http/messages.ts'
import { remarkBindings } from './http/remarks.ts'
import { createAgentReads } from './http/removal.ts'
import { createSoleChannel } from './http/sole-channel.ts'
import { templateBindings } from './http/templates.ts'
import { webhookBindings } from './http/webhooks.ts'
import { widgetBindings } from './http/widgets.ts'
import { workspaceBindings } from './http/workspaces.ts'

const config = readConfig()
const logger = createLogger(config, 'command-api')
const metrics = createMetrics('command-api')
const pool = createPool(config.databaseUrl, {
  name: 'command-api vault',
  connections: 4,
  lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
})
// Apart from the vault's: whoever waits for a lock keeps a connection.
const lockPool = createPool(config.databaseUrl, {
  name: 'command-api locks',
  connections: 8,
  lost: (error) => logger.warn({ error }, 'a connection to Postgres was lost'),
})
const withLock = createLock(lockPool)
const vault = createVault({ pool, masterKey: config.vaultKey, readRole: new URL(config.readDatabaseUrl).username })
const log = createEventLog({ config, vault, logger })
const handle = createHandle(log, { cachedEvents: config.stateCacheSize })
const tokens = createInternalTokens(config.internalSecret)
const queryApi = { url: serviceUrl(config, 'queryApi'), tokens }
const blobs = await createBlobs(config)
const erase = createErase({
  handle,
  log,
  vault,
  conversations: serviceCall(queryApi, contactRoutes.conversations, ContactConversations),
  deleteFiles: (prefix) => blobs.deletePrefix(prefix),
})
const outbound = { allowPrivate: config.outboundPrivate === 'on' }
const flowChanges = createFlowChanges(handle, outbound)
let vaultIsThere = false

const server = await serve({
  name: 'command-api',
  config,
  logger,
  metrics,
  host: config.host,
  port: config.commandApiPort,
  tokens,
  bindings: [
    ...agentBindings({ handle, log, withLock, reads: createAgentReads(queryApi) }),
    ...conversationBindings({
      handle,
      visitorTokens: createVisitorTokens(config.visitorSecret),
      idSecret: config.idSecret,
    }),
    ...fileBindings({ handle, blobs, logger }),
    ...channelConversationBindings({ handle, visitorTokens: createVisitorTokens(config.visitorSecret) }),
    ...assignmentBindings({ handle, withLock, loads: createLoads(queryApi, log) }),
    ...contactBindings({ handle, erase }),
    ...deviceBindings({ handle, idSecret: config.idSecret }),
    ...messageBindings({ handle, log }),
    ...deliveryBindings({ handle }),
    ...remarkBindings({ handle }),
    ...flowRunBindings({ handle, flows: openFlowBook(handle) }),
    ...templateBindings({ handle, log, queryApi }),
    ...flowBindings({ handle, changes: flowChanges, outbound }),
    ...flowElementBindings({ changes: flowChanges, log, queryApi }),
    ...automationBindings({ handle, namesIn: createNames(handle, log, config.outboundPrivate === 'on') }),
    ...automationOccasionBindings({ handle }),
    ...workspaceBindings({ handle }),
    ...widgetBindings({ handle, publicUrl: config.publicUrl }),
    ...webhookBindings({
      ...{ handle, log, vault, queryApi, idSecret: config.idSecret },
      allowPrivate: config.outboundPrivate === 'on',
    }),
    ...channelBindings({
      handle,
      vault,
      closeOpen: createCloseOpen(handle, log, queryApi),
      soleChannel: createSoleChannel(withLock, log, queryApi),
      idSecret: config.idSecret,
      publicUrl: config.publicUrl,
    }),
  ],
  ready: async () => {
    if (!vaultIsThere) return 'the store of personal keys cannot be reached, or is not set up yet'
    const [head] = await Promise.allSettled([log.head()])
    return head.status === 'fulfilled' ? undefined : `the event store does not answer: ${head.reason}`
  },
})
onShutdown(logger, [
  { name: 'http', run: () => server.stop() },
  { name: 'event log', run: () => log.close() },
  { name: 'postgres', run: () => Promise.all([pool.end(), lockPool.end()]) },
])

await insist(
  () => vault.ensureSchema(),
  (error) => logger.warn({ error }, 'the store of personal keys could not be set up; trying again'),
)
vaultIsThere = true
logger.info({ port: server.port }, 'command-api is ready')
