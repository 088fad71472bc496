import { parseArgs } from 'node:util'
import { runCommand } from '../infra/runtime/command-line.ts'
import { readConfig } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import type { Asked } from './commands/asked.ts'
import { lagCommand } from './commands/lag.ts'
import { quarantineCommand } from './commands/quarantine.ts'
import { rebuildCommand } from './commands/rebuild.ts'
import { Unrunnable } from './unrunnable.ts'

const help = `Looks after the projections.

  rebuild NAME|all            fill new tables from the log while the old ones serve, then swap
  rollback NAME|all           serve what served before the last rebuild, brought up to date
  lag                         how far each projection is behind the log
  quarantine [list]           streams that are parked because of an event that cannot be applied
  quarantine retry [STREAM]   apply what is parked, of one stream or of all
  quarantine discard STREAM   leave out the failing event for ever, and apply what follows it

  --json    answer in JSON
  --help    this

Settings are those of the services; PROJECTOR_SHARDS says into how many shards a rebuild splits.
`

/** A command was asked for that does not exist, or not in this way. */
class Misuse extends Error {
  override name = 'Misuse'
}

const commands: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
  rebuild: (asked) => rebuildCommand(asked, 'rebuild'),
  rollback: (asked) => rebuildCommand(asked, 'rollback'),
  lag: lagCommand,
  quarantine: quarantineCommand,
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  const [name, ...args] = positionals
  if (values.help || name === undefined) {
    process.stdout.write(help)
    return values.help ? 0 : 2
  }
  const command = commands[name]
  if (command === undefined) throw new Misuse(`There is no command "${name}".\n\n${help}`)
  const config = readConfig()
  const pool = createPool(config.databaseUrl, { name: 'projectors cli', connections: 2, lost: () => undefined })
  const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort(new Unrunnable('Stopped; nothing has been swapped.')))
  try {
    await command({ config, log, args, json: values.json, signal: stopping.signal })
    return 0
  } finally {
    await log.close()
    await pool.end()
  }
}

await runCommand(main, (error) => error instanceof Misuse || error instanceof Unrunnable)
