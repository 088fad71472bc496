import type { Database } from '../../runtime/postgres.ts'

/** Schema `identity`: credentials, which are not derived from the log and so are backed up with it. Only ever appended to. */
const migrations: readonly string[] = [
  `
  create table identity.users (
    id uuid primary key,
    workspace_id uuid not null,
    email text not null unique check (email = lower(email)),
    name text not null,
    role text not null check (role in ('agent', 'admin')),
    password_hash text not null,
    created_at timestamptz not null default now()
  );
  create table identity.refresh_tokens (
    token_hash bytea primary key,
    family uuid not null,
    user_id uuid not null references identity.users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
  );
  create index on identity.refresh_tokens (family);
  create index on identity.refresh_tokens (user_id);
  create index on identity.refresh_tokens (expires_at);
  create table identity.api_keys (
    id uuid primary key,
    workspace_id uuid not null,
    name text not null,
    key_hash bytea not null unique,
    hint text not null,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
  );
  create index on identity.api_keys (workspace_id);
  `,
  `
  -- Whoever is invited has no password yet.
  alter table identity.users alter column password_hash drop not null;
  -- Log-ins by cookie, with what was known of the person then. People of a real GoTrue are in no table of ours.
  create table identity.sessions (
    token_hash bytea primary key,
    user_id uuid not null,
    workspace_id uuid not null,
    email text not null,
    role text not null check (role in ('agent', 'admin')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
  );
  create index on identity.sessions (user_id);
  create index on identity.sessions (expires_at);
  create table identity.password_links (
    token_hash bytea primary key,
    user_id uuid not null references identity.users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
  );
  create index on identity.password_links (user_id);
  `,
]

/** Any number, as long as nobody else's. */
const lock = 0x70_61_72_6c

/** Brings the schema up to date. May run twice, and in several processes at once. */
export async function migrateIdentity(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.raw('select pg_advisory_xact_lock(?)', [lock])
    await transaction.raw(`
      create schema if not exists identity;
      create table if not exists identity.migrations (version int primary key, at timestamptz not null default now());
    `)
    const { rows } = await transaction.raw<{ rows: { done: number }[] }>(
      'select coalesce(max(version), 0) as done from identity.migrations',
    )
    const done = rows[0]?.done ?? 0
    for (const [index, sql] of migrations.entries()) {
      if (index < done) continue
      await transaction.raw(sql)
      await transaction.raw('insert into identity.migrations (version) values (?)', [index + 1])
    }
  })
}
