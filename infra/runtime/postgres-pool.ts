import pg from 'pg'

export interface PoolOptions {
  /** Seen in pg_stat_activity. */
  name: string
  /** Most connections of this process. */
  connections: number
  /** Told of a connection that broke while nobody used it; whoever asks next gets another, or the error. */
  lost: (error: Error) => void
}

/**
 * Connections for short statements, such as the vault's. A statement that is not answered in time rejects, so that a line that went
 * dead without a word holds nobody up.
 */
export function createPool(connectionString: string, { name, connections, lost }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: `parley ${name}`,
    max: connections,
    connectionTimeoutMillis: 3000,
    query_timeout: 10_000,
    keepAlive: true,
  })
  pool.on('error', lost)
  return pool
}
