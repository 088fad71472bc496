import knexModule, { type Knex } from 'knex'
import type { Config } from './config.ts'

export type Database = Knex

export interface DatabaseOptions {
  /** Seen in pg_stat_activity. */
  name: string
  /** Most connections of this process. */
  connections?: number
  /** Longest a statement may run; 0 for no limit (rebuilds). */
  statementTimeoutMs?: number
}

/** Postgres with the right to write, as its owner. */
export function createDatabase(config: Pick<Config, 'databaseUrl'>, options: DatabaseOptions): Database {
  return connect(config.databaseUrl, options)
}

/** Postgres as the read-only role of query-api. */
export function createReadDatabase(config: Pick<Config, 'readDatabaseUrl'>, options: DatabaseOptions): Database {
  return connect(config.readDatabaseUrl, options)
}

/** Resolves when Postgres answers; throws as a query would. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.raw('select 1')
}

/**
 * A lost connection never ends the process: knex marks it as dead and opens another for the next query. While the server is away each
 * query rejects within some seconds, with an error that `isOutage` knows.
 */
function connect(connectionString: string, options: DatabaseOptions): Database {
  const { name, connections = 10, statementTimeoutMs = 10_000 } = options
  return knexModule.default({
    client: 'pg',
    connection: {
      connectionString,
      application_name: `parley ${name}`,
      connectionTimeoutMillis: 3000,
      keepAlive: true,
      // Statements are short: compiling them to machine code takes longer than they do.
      options: '-c jit=off',
      ...(statementTimeoutMs === 0
        ? {}
        : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + 2000 }),
    },
    // knex would print what it throws as well, as plain text between the JSON lines.
    log: { debug: silence, warn: silence, error: silence, deprecate: silence },
    pool: { min: 0, max: connections, idleTimeoutMillis: 60_000 },
    acquireConnectionTimeout: 5000,
  })
}

const silence = () => undefined
