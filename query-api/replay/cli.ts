import { parseArgs } from 'node:util'
import { runCommand } from '../../infra/runtime/command-line.ts'
import { readConfig } from '../../infra/runtime/config.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { instantOf } from './instant.ts'
import { replay } from './replay.ts'
import { timeline } from './timeline.ts'

const help = `Shows a conversation as it was, from the log alone: it needs the event store and the vault, and no service.

  --id ID      the conversation
  --at AT      a revision, or an ISO 8601 time; without it, now
  --json       conversation, messages and history as JSON
  --help       this
`

class Misuse extends Error {
  override name = 'Misuse'
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      id: { type: 'string' },
      at: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  if (values.id === undefined) throw new Misuse(`Say which conversation: --id ID\n\n${help}`)
  const instant = values.at === undefined ? undefined : instantOf(values.at)
  const config = readConfig()
  const pool = createPool(config.databaseUrl, { name: 'replay', connections: 1, lost: () => undefined })
  const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
  try {
    const replayed = await replay(log, values.id.toLowerCase(), instant)
    if (replayed === undefined) throw new Misuse(`There is no conversation ${values.id} at that instant.`)
    const { conversation, messages, history } = replayed
    const json = { conversation, messages, history }
    process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : timeline(replayed))
    return 0
  } finally {
    await log.close()
    await pool.end()
  }
}

await runCommand(main, (error) => error instanceof Misuse || error instanceof Rejection)
