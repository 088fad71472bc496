import type { Delivered } from '../infra/runtime/event-store/log.ts'
import type { Poison } from './application.ts'
import type { Generation } from './generation.ts'
import type { Sql } from './sql.ts'

/** A stream that a projection has stopped applying: from its poison event on, all is parked. */
export interface Parked {
  projection: string
  generation: number
  shard: number
  stream: string
  /** Of the poison event. */
  revision: number
  /** Of the last event that is parked. */
  lastRevision: number
  events: number
  type: string
  error: string
  parkedAt: string
}

const columns = `projection, generation, shard, stream, revision, last_revision as "lastRevision", events, type, error,
  parked_at as "parkedAt"`

/** The parked streams of one shard. */
export async function parkedStreams(sql: Sql, { projection, number }: Generation, shard: number): Promise<Set<string>> {
  const rows = await sql.query<{ stream: string }>(
    'select stream from projection.quarantine where projection = $1 and generation = $2 and shard = $3',
    [projection.name, number, shard],
  )
  return new Set(rows.map(({ stream }) => stream))
}

/** Events that were given up for ever, as `<revision>@<stream>`: a rebuild leaves them out too. */
export async function discardedEvents(sql: Sql, { projection }: Generation): Promise<Set<string>> {
  const rows = await sql.query<{ event: string }>(
    `select revision || '@' || stream as event from projection.discarded where projection = $1`,
    [projection.name],
  )
  return new Set(rows.map(({ event }) => event))
}

/** Gives up the poison event of a parked stream. */
export async function discard(sql: Sql, { projection, stream, revision, type, error }: Parked): Promise<void> {
  await sql.query(
    `insert into projection.discarded (projection, stream, revision, type, error) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [projection, stream, revision, type, error],
  )
}

export async function listParked(sql: Sql): Promise<Parked[]> {
  return sql.query<Parked>(
    `select ${columns} from projection.quarantine order by projection, generation, parked_at, stream`,
  )
}

/** Parks a stream from its poison event on: that one, and those after it up to `lastRevision`. */
export async function park(
  sql: Sql,
  { projection, number }: Generation,
  shard: number,
  { event, error }: Poison,
  { events, lastRevision }: Pick<Parked, 'events' | 'lastRevision'>,
): Promise<void> {
  await sql.query(
    `insert into projection.quarantine
       (projection, generation, shard, stream, revision, last_revision, events, type, error)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [projection.name, number, shard, event.stream, event.revision, lastRevision, events, event.type, shortened(error)],
  )
}

/** Parks what follows in streams that are parked already. */
export async function parkMore(
  sql: Sql,
  { projection, number }: Generation,
  streams: ReadonlyMap<string, readonly Delivered[]>,
): Promise<void> {
  for (const [stream, events] of streams) {
    await sql.query(
      `update projection.quarantine set events = events + $4, last_revision = $5
       where projection = $1 and generation = $2 and stream = $3`,
      [projection.name, number, stream, events.length, events.at(-1)?.revision ?? 0],
    )
  }
}

export async function unpark(sql: Sql, { projection, generation, stream }: Parked): Promise<void> {
  await sql.query('delete from projection.quarantine where projection = $1 and generation = $2 and stream = $3', [
    projection,
    generation,
    stream,
  ])
}

/** The parked stream as it is now, locked. */
export async function lockParked(sql: Sql, { projection, generation, stream }: Parked): Promise<Parked | undefined> {
  const [row] = await sql.query<Parked>(
    `select ${columns} from projection.quarantine
     where projection = $1 and generation = $2 and stream = $3 for update`,
    [projection, generation, stream],
  )
  return row
}

/** Of an error of Postgres the message alone: its detail holds the row, and so somebody's words. */
function shortened({ name, message }: Error): string {
  return `${name}: ${message}`.replaceAll('\u0000', '').slice(0, 500)
}
