import pg from 'pg'
import type { Config } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { isUndecodable } from '../infra/runtime/event-store/log.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import type { Recorded } from '../schemas/envelope.ts'

/** Tells of each event of these types that is appended from now on, until it is closed. */
export async function followLog(
  config: Config,
  types: readonly string[],
  take: (event: Recorded) => void,
): Promise<{ close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
  const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
  const stop = new AbortController()
  const follow = async () => {
    for await (const { events } of log.subscribe({ after: 'end', types: [...types], signal: stop.signal })) {
      for (const event of events) {
        if (isUndecodable(event)) throw event.error
        take(event)
      }
    }
  }
  const following = follow()
  await log.head()
  return {
    async close() {
      stop.abort()
      await following
      await log.close()
      await pool.end()
    },
  }
}
