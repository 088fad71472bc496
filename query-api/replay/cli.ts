import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from '../../infra/runtime/config.ts'
import { endCommand } from '../../infra/runtime/end-command.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import { isOutage } from '../../infra/runtime/outage.ts'
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

function explain(error: unknown): string {
  if (error instanceof Misuse || error instanceof Rejection || error instanceof ConfigError) return error.message
  const text = error instanceof Error ? error.message : String(error)
  return isOutage(error) ? `A store cannot be reached: ${text}. Is "make run" running?` : `Failed: ${text}`
}

const code = await main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  return 1
})
await endCommand(code)
