import type pg from 'pg'
import { pause } from '../infra/runtime/event-store/time-limit.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import { comparePositions, type LogPosition } from '../schemas/envelope.ts'
import type { Progress } from './progress.ts'

/** How far reactions have come, in a table of their own. Lost, they begin at the beginning, which does no harm but takes its time. */
export interface Checkpoints {
  create(): Promise<void>
  load(name: string): Promise<LogPosition | undefined>
  save(name: string, position: LogPosition): Promise<void>
}

export function createCheckpoints(pool: pg.Pool): Checkpoints {
  return {
    async create() {
      // One simple query is one transaction; the lock keeps processes that start together from tripping over each other.
      await pool.query(`
        select pg_advisory_xact_lock(hashtext('parley reactions'));
        create schema if not exists reactions;
        create table if not exists reactions.checkpoints (
          name text primary key,
          commit bigint not null,
          prepare bigint not null,
          updated_at timestamptz not null default now()
        )`)
    },
    async load(name) {
      const { rows } = await pool.query<{ commit: string; prepare: string }>(
        'select commit::text, prepare::text from reactions.checkpoints where name = $1',
        [name],
      )
      const [row] = rows
      return row && { commit: BigInt(row.commit), prepare: BigInt(row.prepare) }
    },
    async save(name, { commit, prepare }) {
      await pool.query(
        `insert into reactions.checkpoints (name, commit, prepare) values ($1, $2, $3)
         on conflict (name) do update set commit = excluded.commit, prepare = excluded.prepare, updated_at = now()`,
        [name, String(commit), String(prepare)],
      )
    },
  }
}

const everyMs = 500

/** Saves how far all is settled, now and then and at the end; while Postgres is away, later. */
export async function keepSaved(
  checkpoints: Checkpoints,
  {
    name,
    progress,
    logger,
    signal,
  }: { name: string; progress: Pick<Progress, 'settled'>; logger: Logger; signal: AbortSignal },
): Promise<void> {
  let saved = progress.settled
  do {
    await pause(everyMs, signal)
    const { settled } = progress
    if (settled === undefined || (saved !== undefined && comparePositions(settled, saved) === 0)) continue
    try {
      await checkpoints.save(name, settled)
      saved = settled
    } catch (error) {
      logger.warn({ error, name }, 'a checkpoint could not be saved; trying again')
    }
  } while (!signal.aborted)
}
