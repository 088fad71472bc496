import type { LogPosition } from '../schemas/envelope.ts'
import { type Generation, schemaOf } from './generation.ts'
import { rebuildLock } from './registry.ts'
import { isLockTimeout, type Sql } from './sql.ts'

/*
 * A generation that serves no more applies nothing more, and would keep the words of whoever is erased from then on. So once a
 * projection has met an erasure, those of its generations that have not are dropped: a standby, which can then not be gone back to, and
 * what a rebuild that died has left. Whoever is rebuilding or rolling back right now meets the erasure himself.
 */

/** Within a transaction: notes that the projection has met an erasure. */
export async function noteErasure(
  sql: Sql,
  { projection }: Generation,
  { commit, prepare }: LogPosition,
): Promise<void> {
  await sql.query(
    `insert into projection.erasures as e (projection, commit, prepare) values ($1, $2, $3)
     on conflict (projection) do update set commit = excluded.commit, prepare = excluded.prepare
     where (e.commit, e.prepare) < (excluded.commit, excluded.prepare)`,
    [projection.name, String(commit), String(prepare)],
  )
}

/** How long a reader who still looks at what is to be dropped is waited for. */
const lockMs = 200

/**
 * Within a transaction of the generation that serves: drops those that have not met the last erasure. Answers their numbers; undefined
 * when there are some, and they could not be dropped now.
 */
export async function dropBehind(sql: Sql, { projection }: Generation): Promise<number[] | undefined> {
  const behind = await sql.query<{ generation: number }>(
    `select generation from projection.generations g join projection.erasures e using (projection)
     where projection = $1 and state <> 'serving' and exists (
       select 1 from projection.checkpoints c
       where c.projection = g.projection and c.generation = g.generation and (c.commit, c.prepare) < (e.commit, e.prepare))`,
    [projection.name],
  )
  const numbers = behind.map(({ generation }) => generation)
  if (numbers.length === 0) return []
  const [lock] = await sql.query<{ had: boolean }>(
    `select pg_try_advisory_xact_lock(${rebuildLock}, hashtext($1)) as had`,
    [projection.name],
  )
  if (lock?.had !== true) return undefined
  await sql.query('savepoint drop_behind')
  try {
    await sql.query(`set local lock_timeout = ${lockMs}`)
    for (const number of numbers) {
      await sql.query(`drop schema if exists ${schemaOf({ projection, number })} cascade`)
      await sql.query('delete from projection.generations where projection = $1 and generation = $2', [
        projection.name,
        number,
      ])
    }
    await sql.query('release savepoint drop_behind')
    return numbers
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    await sql.query('rollback to savepoint drop_behind')
    return undefined
  }
}
