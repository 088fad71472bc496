import { readConfig } from '../runtime/config.ts'
import { insist } from '../runtime/insist.ts'
import { createLogger } from '../runtime/logger.ts'
import { createDatabase, pingDatabase } from '../runtime/postgres.ts'
import { createRedis } from '../runtime/redis.ts'
import { onShutdown } from '../runtime/shutdown.ts'
import { openGateway } from './composition.ts'
import { migrateIdentity } from './identity/migrations.ts'

const config = readConfig()
const logger = createLogger(config, 'gateway')
const database = createDatabase(config, { name: 'gateway', connections: 5 })
const redis = createRedis(config, logger, 'gateway')
const identity = { migrated: false }

const gateway = await openGateway({
  config,
  logger,
  database,
  redis,
  async ready() {
    if (!identity.migrated) return 'the identity store cannot be reached, or is not migrated yet'
    await pingDatabase(database)
    return undefined
  },
})

onShutdown(logger, [
  { name: 'http', run: () => gateway.stop() },
  { name: 'redis', run: () => redis.disconnect() },
  { name: 'postgres', run: () => database.destroy() },
])

// Postgres may come up after us; until then all that needs no identity store works.
await insist(
  () => migrateIdentity(database),
  (error) => logger.warn({ error }, 'the identity store could not be migrated; trying again'),
)
identity.migrated = true
