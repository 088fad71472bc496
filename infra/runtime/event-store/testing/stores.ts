import pg from 'pg'
import { type Stack, startStack } from '../../../local/stack.ts'
import { createVault, type Vault } from '../../vault/vault.ts'
import { createEventLog } from '../event-log.ts'
import type { EventLog } from '../log.ts'

/** The real stores, and what the tests build on them. */
export interface Stores {
  stack: Stack
  dataDir: string
  pool: pg.Pool
  vault: Vault
  /** A log of its own; by way of another port when one is given. Closed with the stores. */
  open(options?: { port?: number; appendTimeoutMs?: number; silenceMs?: number; keepAliveMs?: number }): EventLog
  stop(): Promise<void>
}

export async function startStores(): Promise<Stores> {
  const env = { NODE_ENV: 'test', LOG_LEVEL: 'silent' }
  const stack = await startStack({ ports: 'free', only: ['postgres', 'event-store'], env })
  const pool = new pg.Pool({ connectionString: stack.config.databaseUrl })
  const lost: Error[] = []
  pool.on('error', (error) => lost.push(error))
  const vault = createVault({ pool, masterKey: stack.config.vaultKey, readRole: 'parley_read' })
  await vault.ensureSchema()
  const logs: EventLog[] = []
  return {
    stack,
    dataDir: stack.config.dataDir,
    pool,
    vault,
    open({ port = stack.config.eventStorePort, appendTimeoutMs = 2000, silenceMs, keepAliveMs } = {}) {
      const alive = keepAliveMs ? `&keepAliveInterval=${keepAliveMs}&keepAliveTimeout=${keepAliveMs}` : ''
      const config = { eventStoreUrl: `esdb://127.0.0.1:${port}?tls=false${alive}`, appendTimeoutMs }
      const log = createEventLog({ config, vault, ...(silenceMs === undefined ? {} : { silenceMs }) })
      logs.push(log)
      return log
    },
    async stop() {
      await Promise.all(logs.map((log) => log.close()))
      await pool.end()
      await stack.stop()
    },
  }
}
