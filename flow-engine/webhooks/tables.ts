import pg from 'pg'

/*
 * The queue of what webhooks are sent. It does not follow from the log alone (what was delivered is known nowhere else), holds nothing
 * of a person (the words are read from the log when they are sent), and is no read model, so it lies beside the checkpoints.
 */
const tables = `
  create schema if not exists reactions;
  create table if not exists reactions.webhooks (
    id uuid primary key,
    workspace_id uuid not null,
    url text not null,
    events text[] not null,
    active boolean not null
  );
  create table if not exists reactions.deliveries (
    id uuid primary key,
    webhook_id uuid not null,
    workspace_id uuid not null,
    conversation_id uuid,
    event_id uuid not null,
    type text not null,
    event text not null,
    stream text not null,
    revision integer not null,
    commit bigint not null,
    prepare bigint not null,
    appended_at timestamptz not null,
    status text not null default 'waiting',
    generation integer not null default 0,
    tries integer not null default 0,
    last_status integer,
    last_error text,
    next_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    delivered_at timestamptz,
    took_ms integer
  );
  create index if not exists deliveries_listed on reactions.deliveries (webhook_id, commit desc, prepare desc);
  create index if not exists deliveries_conversations
    on reactions.deliveries (webhook_id, conversation_id, commit desc, prepare desc);
  create index if not exists deliveries_lanes on reactions.deliveries (webhook_id, stream, commit, prepare)
    where status in ('waiting', 'retrying');
  create index if not exists deliveries_due on reactions.deliveries (next_at) where status in ('waiting', 'retrying');
  create index if not exists deliveries_dead on reactions.deliveries (webhook_id, commit) where status = 'dead';
  create index if not exists deliveries_age on reactions.deliveries (created_at);
  create table if not exists reactions.webhook_replays (
    id uuid primary key,
    webhook_id uuid not null,
    began text not null,
    commit bigint,
    prepare bigint,
    until_commit bigint not null,
    until_prepare bigint not null,
    queued integer not null default 0,
    done boolean not null default false,
    created_at timestamptz not null default now()
  )`

/** Makes the tables where they are not there, and lets query-api's role read the deliveries. */
export async function ensureTables(pool: pg.Pool, readRole: string): Promise<void> {
  // One simple query is one transaction; the lock keeps processes that start together from tripping over each other.
  const lock = `select pg_advisory_xact_lock(hashtext('parley reactions'))`
  await pool.query(`${lock}; ${tables}`)
  const { rowCount } = await pool.query('select 1 from pg_roles where rolname = $1', [readRole])
  if (rowCount === 0) return
  const role = pg.escapeIdentifier(readRole)
  await pool.query(
    `${lock}; grant usage on schema reactions to ${role}; grant select on reactions.deliveries to ${role}`,
  )
}
