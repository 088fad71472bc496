import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../runtime/config.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'
import { createDatabase, type Database, pingDatabase } from '../runtime/postgres.ts'
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

await migrateInTheEnd(database, logger)
identity.migrated = true

/** Postgres may come up after us; until then all that needs no identity store works. */
async function migrateInTheEnd(database: Database, logger: Logger): Promise<void> {
  for (let wait = 100; ; wait = Math.min(wait * 2, 5000)) {
    try {
      return await migrateIdentity(database)
    } catch (error) {
      logger.warn({ error }, 'the identity store could not be migrated; trying again')
      await sleep(wait)
    }
  }
}
