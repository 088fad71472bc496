import type { KeyObject } from 'node:crypto'
import pg from 'pg'
import { Rejection } from '../../../schemas/rejection.ts'
import { isOutage } from '../outage.ts'
import { newKey, unwrap, wrap } from './wrap.ts'

/** A contact's key, or the fact that it was dropped for ever. */
export type VaultKey = KeyObject | 'erased'

interface Row {
  key_id: string
  wrapped: Buffer | null
}

/** The rows of `vault.keys`, a statement a call. Postgres away is Rejection('unavailable'). */
export interface VaultTable {
  create(): Promise<void>
  select(ids: readonly string[]): Promise<Map<string, VaultKey>>
  /** Makes keys for those ids that have none; answers every key as it stands then. */
  insert(wanted: ReadonlyMap<string, string>): Promise<Map<string, VaultKey>>
  erase(id: string): Promise<void>
}

export interface VaultTableOptions {
  pool: pg.Pool
  masterKey: Buffer
  /** A role that may read the keys, so that query-api can decode events for replay; ignored where it does not exist. */
  readRole?: string | undefined
}

export function createVaultTable({ pool, masterKey, readRole }: VaultTableOptions): VaultTable {
  const query = async <R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]> => {
    try {
      return (await pool.query<R>(text, values)).rows
    } catch (error) {
      throw isOutage(error) ? unavailable(error) : error
    }
  }

  const open = (rows: Row[]): Map<string, VaultKey> =>
    new Map(rows.map((row) => [row.key_id, row.wrapped ? unwrap(row.wrapped, row.key_id, masterKey) : 'erased']))

  const select = async (ids: readonly string[]) =>
    open(await query<Row>('select key_id, wrapped from vault.keys where key_id = any($1::uuid[])', [ids]))

  return {
    async create() {
      // One simple query is one transaction; the lock keeps services that start together from tripping over each other.
      await query(`
        select pg_advisory_xact_lock(hashtext('parley vault'));
        create schema if not exists vault;
        create table if not exists vault.keys (
          key_id uuid primary key,
          workspace_id uuid,
          wrapped bytea,
          created_at timestamptz not null default now(),
          erased_at timestamptz,
          check (wrapped is null or erased_at is null)
        )`)
      if (readRole === undefined) return
      const roles = await query('select 1 from pg_roles where rolname = $1', [readRole])
      if (roles.length === 0) return
      const role = pg.escapeIdentifier(readRole)
      await query(`
        select pg_advisory_xact_lock(hashtext('parley vault'));
        grant usage on schema vault to ${role};
        grant select on vault.keys to ${role}`)
    },

    select,

    async insert(wanted) {
      // In the order of their ids, so that two processes that insert the same ones cannot lock each other out.
      const ids = [...wanted.keys()].sort()
      const made = new Map(ids.map((id) => [id, newKey()]))
      const rows = await query<{ key_id: string }>(
        `insert into vault.keys (key_id, workspace_id, wrapped)
         select * from unnest($1::uuid[], $2::uuid[], $3::bytea[])
         on conflict do nothing returning key_id`,
        [ids, ids.map((id) => wanted.get(id)), ids.map((id) => wrap(made.get(id)!, id, masterKey))],
      )
      const keys = new Map<string, VaultKey>(rows.map((row) => [row.key_id, made.get(row.key_id)!]))
      const others = ids.filter((id) => !keys.has(id))
      if (others.length > 0) for (const [id, key] of await select(others)) keys.set(id, key)
      return keys
    },

    async erase(id) {
      // A contact that never had a key gets a row all the same, so that none is made for it later.
      await query(
        `insert into vault.keys (key_id, erased_at) values ($1, now())
         on conflict (key_id) do update set wrapped = null, erased_at = coalesce(keys.erased_at, excluded.erased_at)`,
        [id],
      )
    },
  }
}

/** Whether Postgres could not be asked (connection lost, refused, shutting down, too many connections), as against a wrong statement. */
function unavailable(cause: unknown): Rejection {
  const rejection = new Rejection('unavailable', 'The store of personal keys cannot be reached; try again.')
  rejection.cause = cause
  return rejection
}
