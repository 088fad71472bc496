import { type Generation, schemaOf } from './generation.ts'
import type { Projection } from './projection.ts'
import { type Sql, transaction } from './sql.ts'
import { columnsOf, snake, tableDdl } from './table.ts'

/** Which generations of which projections there are, and which one the views show. */
export interface Registry {
  generations(projection: Projection): Promise<Generation[]>
  serving(projection: Projection): Promise<Generation | undefined>
  /** Empty tables, with a checkpoint a shard. The number is one above all that exist. */
  create(projection: Projection, shards: number, state: 'building' | 'serving'): Promise<Generation>
  drop(generation: Generation): Promise<void>
  /** Within a transaction: makes the views show it, and the one that they showed the standby. */
  serve(generation: Generation): Promise<void>
}

const control = `
  create schema if not exists projection;
  create schema if not exists read;
  create table if not exists projection.generations (
    projection text not null, generation integer not null, version integer not null, shards integer not null,
    state text not null check (state in ('building', 'serving', 'standby')),
    created_at timestamptz not null default now(),
    primary key (projection, generation));
  create unique index if not exists one_serves on projection.generations (projection) where state = 'serving';
  create table if not exists projection.checkpoints (
    projection text not null, generation integer not null, shard integer not null,
    commit bigint not null, prepare bigint not null,
    epoch bigint not null default 0, owner uuid, parked bigint not null default 0, updated_at timestamptz not null default now(),
    primary key (projection, generation, shard),
    foreign key (projection, generation) references projection.generations on delete cascade) with (fillfactor = 50);
  create table if not exists projection.quarantine (
    projection text not null, generation integer not null, shard integer not null, stream text not null,
    revision integer not null, last_revision integer not null, events integer not null,
    type text not null, error text not null, parked_at timestamptz not null default now(),
    primary key (projection, generation, stream),
    foreign key (projection, generation) references projection.generations on delete cascade);
  create table if not exists projection.discarded (
    projection text not null, stream text not null, revision integer not null, type text not null, error text not null,
    discarded_at timestamptz not null default now(),
    primary key (projection, stream, revision));
  create table if not exists projection.erasures (
    projection text primary key, commit bigint not null, prepare bigint not null);
  create or replace view read.positions as
    select projection, shard, commit, prepare from projection.checkpoints
    join projection.generations using (projection, generation) where state = 'serving';
`

/** Held by whoever makes or swaps generations, so that processes that start at once do it one after the other. */
const advisoryLock = 7_205_910

/** With the hash of a projection's name: held by whoever rebuilds it or rolls it back, so that he is the only one. */
export const rebuildLock = 7_205_911

export async function underLock<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql.query('select pg_advisory_lock($1)', [advisoryLock])
  try {
    return await work()
  } finally {
    await sql.query('select pg_advisory_unlock($1)', [advisoryLock])
  }
}

/** Makes the control tables where they are missing. `reader` is the role that may read the views. */
export async function openRegistry(sql: Sql, reader: string): Promise<Registry> {
  if (!(await isThere(sql))) {
    await underLock(sql, async () => {
      if (await isThere(sql)) return
      await sql.script(control)
      await sql.query(`grant usage on schema read to ${quoted(reader)}`)
      await grant(sql, 'positions', reader)
    })
  }
  return registryOf(sql, reader)
}

/** The view is the last thing that is made; the table of erasures is what earlier releases have not. */
async function isThere(sql: Sql): Promise<boolean> {
  const [found] = await sql.query<{ there: boolean }>(
    `select to_regclass('read.positions') is not null and to_regclass('projection.erasures') is not null as there`,
  )
  return found?.there === true
}

function registryOf(sql: Sql, reader: string): Registry {
  const registry: Registry = {
    async generations(projection) {
      const rows = await sql.query<Omit<Generation, 'projection'>>(
        `select generation as number, version, shards, state from projection.generations
         where projection = $1 order by generation`,
        [projection.name],
      )
      return rows.map((row) => ({ ...row, projection }))
    },
    async serving(projection) {
      const all = await registry.generations(projection)
      return all.find(({ state }) => state === 'serving')
    },
    async create(projection, shards, state) {
      const last = (await registry.generations(projection)).at(-1)
      const number = (last?.number ?? 0) + 1
      const made: Generation = { projection, number, version: projection.version, shards, state }
      await transaction(sql, async () => {
        await fill(sql, made)
        if (state === 'serving') await show(sql, made, reader)
      })
      return made
    },
    async drop(generation) {
      const { projection, number } = generation
      await transaction(sql, async () => {
        await sql.query(`drop schema if exists ${schemaOf(generation)} cascade`)
        await sql.query('delete from projection.generations where projection = $1 and generation = $2', [
          projection.name,
          number,
        ])
      })
    },
    async serve(generation) {
      const { projection, number } = generation
      await sql.query(
        `update projection.generations set state = 'standby' where projection = $1 and state = 'serving'`,
        [projection.name],
      )
      await sql.query(`update projection.generations set state = 'serving' where projection = $1 and generation = $2`, [
        projection.name,
        number,
      ])
      await show(sql, generation, reader)
    },
  }
  return registry
}

async function fill(sql: Sql, generation: Generation): Promise<void> {
  const { projection, number, version, shards, state } = generation
  await sql.query(`create schema ${schemaOf(generation)}`)
  for (const table of projection.tables) {
    for (const statement of tableDdl(schemaOf(generation), table)) await sql.query(statement)
  }
  await sql.query(
    'insert into projection.generations (projection, generation, version, shards, state) values ($1, $2, $3, $4, $5)',
    [projection.name, number, version, shards, state],
  )
  await sql.query(
    `insert into projection.checkpoints (projection, generation, shard, commit, prepare)
     select $1, $2, shard, -1, -1 from generate_series(0, $3 - 1) shard`,
    [projection.name, number, shards],
  )
}

/** A view keeps its identity when its columns stay, so that no reader ever misses it; else it is made anew. */
async function show(sql: Sql, generation: Generation, reader: string): Promise<void> {
  for (const table of generation.projection.tables) {
    const columns = columnsOf(table).map(snake).join(', ')
    const select = `select ${columns} from ${schemaOf(generation)}.${table.name}`
    const [known] = await sql.query<{ columns: string | null }>(
      `select string_agg(attname || ' ' || atttypid::regtype, ', ' order by attnum) as columns from pg_attribute
       where attrelid = to_regclass($1) and attnum > 0`,
      [`read.${table.name}`],
    )
    const wanted = Object.entries(table.columns).map(([name, type]) => `${snake(name)} ${regtype(type)}`)
    const same = known?.columns === wanted.join(', ')
    if (!same && known?.columns !== null) await sql.query(`drop view read.${table.name}`)
    await sql.query(`create or replace view read.${table.name} as ${select}`)
    if (!same) await grant(sql, table.name, reader)
  }
}

function regtype(type: string): string {
  return type.replace('?', '').replace('timestamptz', 'timestamp with time zone')
}

async function grant(sql: Sql, view: string, reader: string): Promise<void> {
  await sql.query(`grant select on read.${view} to ${quoted(reader)}`)
}

function quoted(role: string): string {
  return `"${role.replaceAll('"', '""')}"`
}
