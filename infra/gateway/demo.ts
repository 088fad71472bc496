import { parseArgs } from 'node:util'
import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import { readConfig, serviceUrl } from '../runtime/config.ts'
import { createLogger } from '../runtime/logger.ts'
import { createDatabase } from '../runtime/postgres.ts'
import { createFind, createSend } from './demo/commands.ts'
import { readFacts, writeFacts } from './demo/facts.ts'
import { setUpDemo } from './demo/set-up.ts'
import { createApiKeys } from './identity/api-keys.ts'
import { migrateIdentity } from './identity/migrations.ts'
import { createUsers } from './identity/users.ts'

const help = `Sets up the demo workspace, with an admin, an agent, a widget, two channels and a key for imports, and writes their ids
and credentials to $DATA_DIR/demo.json. The services must be running. It may be run again: what is there stays as it is.

  --allow-production   do it although NODE_ENV is production
  --help               this text
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      'allow-production': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const config = readConfig()
  if (config.environment === 'production' && !values['allow-production']) {
    process.stderr.write('This is production: a demo workspace is set up only with --allow-production.\n')
    return 1
  }
  const logger = createLogger(config, 'demo')
  const database = createDatabase(config, { name: 'demo', connections: 2 })
  try {
    await migrateIdentity(database)
    const commandApi = { url: serviceUrl(config, 'commandApi'), tokens: createInternalTokens(config.internalSecret) }
    const tools = {
      users: createUsers(database),
      apiKeys: createApiKeys(database, logger),
      send: createSend(commandApi.url, commandApi.tokens),
      find: createFind(commandApi),
      gateway: config.publicUrl,
    }
    const facts = await setUpDemo(tools, readFacts(config.dataDir))
    writeFacts(config.dataDir, facts)
    logger.info({ workspaceId: facts.workspaceId }, 'the demo workspace is set up')
    return 0
  } catch (error) {
    logger.fatal({ error }, 'the demo workspace could not be set up')
    return 1
  } finally {
    await database.destroy()
  }
}

process.exitCode = await main()
