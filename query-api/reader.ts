import type { Knex } from 'knex'
import type { Database } from '../infra/runtime/postgres.ts'
import { Rejection } from '../schemas/rejection.ts'

/** The read models, as the read-only role sees them. */
export interface Reader {
  readonly db: Database
  rows<R>(sql: string, bindings?: Readonly<Record<string, Knex.Value>>): Promise<R[]>
  /** The rows of a statement in which each `?` stands for a value or a query, each `??` for a name. */
  raw<R>(sql: string, bindings: readonly (Knex.Value | Knex.QueryBuilder)[]): Promise<R[]>
  /** The rows of a query, and a number, of one instant: one statement sees one generation of the tables. */
  page<R>(data: Knex.QueryBuilder, total: Knex.QueryBuilder): Promise<{ data: R[]; total: number }>
  /** What is done here goes by index, even where Postgres would rather read a whole table and hope to be done soon. */
  byIndex<T>(work: (reader: Reader) => Promise<T>): Promise<T>
}

const goByIndex = [
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'max_parallel_workers_per_gather = 0',
]
  .map((setting) => `set local ${setting}`)
  .join('; ')

export function createReader(db: Database): Reader {
  const reader: Reader = {
    db,
    async rows(sql, bindings = {}) {
      const result: { rows: never[] } = await present(db.raw(sql, bindings))
      return result.rows
    },
    async raw(sql, bindings) {
      const result: { rows: never[] } = await present(db.raw(sql, [...bindings]))
      return result.rows
    },
    byIndex: (work) =>
      db.transaction(
        async (own) => {
          await own.raw(goByIndex)
          return work(createReader(own))
        },
        { readOnly: true },
      ),
    async page(data, total) {
      const query = db.raw(`select (?) as total, (select coalesce(json_agg(page), '[]'::json) from (?) page) as data`, [
        total,
        data,
      ])
      const result: { rows: { data: never[]; total: string | null }[] } = await present(query)
      const [row] = result.rows
      return { data: row?.data ?? [], total: Number(row?.total ?? 0) }
    },
  }
  return reader
}

/** Before the projections have run for the first time there is nothing to read. */
async function present<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== '42P01' && code !== '3F000' && code !== '42501') throw error
    throw Object.assign(new Rejection('unavailable', 'The projections are not there yet; try again.'), { cause: error })
  }
}
