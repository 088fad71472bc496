import pg from 'pg'
import type { Config } from '../infra/runtime/config.ts'
import { utc } from '../schemas/event-time.ts'
import type { Row } from './table.ts'

/** One connection to Postgres, as its owner. Statements run one after the other. */
export interface Sql {
  /** A named statement is parsed and planned once a connection. */
  query<R extends object = Row>(text: string, values?: readonly unknown[], name?: string): Promise<R[]>
  /** Several statements without parameters in one round trip; the rows of each. */
  script(text: string): Promise<Row[][]>
  close(): Promise<void>
}

/**
 * How projections use Postgres. Lookups go by index whatever the planner thinks of a table that was empty a minute ago. A commit does
 * not wait for the disk: rows and checkpoint are lost together or not at all, and the log has what a crash takes.
 */
const session = [
  'timezone=UTC',
  'synchronous_commit=off',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'plan_cache_mode=force_generic_plan',
  'jit=off',
]

export async function connect({ databaseUrl }: Pick<Config, 'databaseUrl'>, name: string): Promise<Sql> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: `parley ${name}`,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    options: session.map((setting) => `-c ${setting}`).join(' '),
    types: { getTypeParser: parserOf },
  })
  // A lost connection fails the query under way, or the next; the event by itself would end the process.
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  await client.connect()
  return {
    async query<R extends object>(text: string, values: readonly unknown[] = [], name?: string) {
      const { rows } = await client.query<R>({ text, values: [...values], ...(name === undefined ? {} : { name }) })
      return rows
    },
    async script(text) {
      const results: unknown = await client.query(text)
      return (Array.isArray(results) ? results : [results]).map((result: pg.QueryResult<Row>) => result.rows)
    },
    async close() {
      if (lost === undefined) await client.end()
    },
  }
}

/** Runs a script within a transaction that is rolled back when it throws. */
export async function transaction<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql.query('begin')
  try {
    const result = await work()
    await sql.query('commit')
    return result
  } catch (error) {
    await sql.query('rollback').catch((cause: unknown) => {
      throw new AggregateError([error, cause], 'a transaction failed, and could not be rolled back')
    })
    throw error
  }
}

/** SQLSTATE of a lock_timeout that has passed. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}

type Parser = (text: string) => unknown

const keep: Parser = (text) => text
const parsers: Readonly<Record<number, Parser>> = {
  [pg.types.builtins.INT8]: Number,
  [pg.types.builtins.JSON]: keep,
  [pg.types.builtins.TIMESTAMPTZ]: timeOf,
}

function parserOf(oid: number, format?: 'text' | 'binary'): Parser {
  return parsers[oid] ?? pg.types.getTypeParser(oid, format)
}

/** `2026-01-31 12:00:00.5+00`, as Postgres writes it in UTC. */
function timeOf(text: string): string {
  return utc(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`)
}
