import { LRUCache } from 'lru-cache'
import { v4 as uuid } from 'uuid'
import type { ApiKeyScope, Caller } from '../../../schemas/caller.ts'
import type { ApiKey } from '../../../schemas/identity/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Database } from '../../runtime/postgres.ts'
import { createLookups } from './lookups.ts'
import { hashOf, newSecret } from './secret.ts'

export interface NewApiKey {
  workspaceId: string
  name: string
  scopes: readonly ApiKeyScope[]
}

/** Keys for other systems: `pk_…`, shown once, stored as a hash. */
export interface ApiKeys {
  /**
   * With a secret of the caller's own, the same at every try; throws Rejection('idempotency-key-reused') when it has made another key
   * before.
   */
  create(key: NewApiKey, secret?: string): Promise<ApiKey & { key: string }>
  /** The newest first, at most 1000. */
  list(workspaceId: string): Promise<ApiKey[]>
  /** Works elsewhere within `cacheMs`, here at once. False when there is no such key. */
  revoke(workspaceId: string, id: string): Promise<boolean>
  /** Throws Rejection('unauthenticated'). */
  callerOf(key: string): Promise<Caller>
}

type KeyCaller = Extract<Caller, { kind: 'apiKey' }>

interface Row {
  id: string
  workspace_id: string
  name: string
  key_hash: Buffer
  hint: string
  scopes: ApiKeyScope[]
  created_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}

export const apiKeyPrefix = 'pk_'
const shape = /^pk_[A-Za-z0-9_-]{43}$/
/** `last_used_at` is for people, who care about days: it is written once a minute at most. */
const noteMs = 60_000
const listed = 1000

export function createApiKeys(
  database: Database,
  logger: Logger,
  { cacheMs = 5000 }: { cacheMs?: number } = {},
): ApiKeys {
  const rows = () => database<Row>('identity.api_keys')
  const known = createLookups<KeyCaller>(cacheMs)
  const noted = new LRUCache<string, true>({ max: 10_000, ttl: noteMs })

  const noteUse = (id: string) => {
    if (noted.has(id)) return
    noted.set(id, true)
    rows()
      .where({ id })
      .update({ last_used_at: new Date() })
      .catch((error: unknown) => logger.warn({ error }, 'the use of an API key could not be noted'))
  }

  const look = async (hash: Buffer): Promise<KeyCaller | undefined> => {
    const row = (await rows().where({ key_hash: hash, revoked_at: null }).limit(1))[0]
    return row && { kind: 'apiKey', id: row.id, workspaceId: row.workspace_id, scopes: row.scopes }
  }

  return {
    async create({ workspaceId, name, scopes }, secret = newSecret()) {
      const key = apiKeyPrefix + secret
      const hint = `${key.slice(0, 7)}…${key.slice(-4)}`
      const wanted = { workspace_id: workspaceId, name, hint, scopes: [...scopes] }
      const hash = hashOf(key)
      await rows()
        .insert({ id: uuid(), ...wanted, key_hash: hash })
        .onConflict('key_hash')
        .ignore()
      const row = (await rows().where({ key_hash: hash }).limit(1))[0]
      if (row === undefined) throw new Error('The API key just made is not there')
      if (!isSame(row, wanted)) {
        throw new Rejection('idempotency-key-reused', 'This Idempotency-Key was used for another API key.')
      }
      // It may have been tried before it was there.
      known.clear()
      return { ...resourceOf(row), key }
    },
    async list(workspaceId) {
      const found = await rows().where({ workspace_id: workspaceId }).orderBy('created_at', 'desc').limit(listed)
      return found.map(resourceOf)
    },
    async revoke(workspaceId, id) {
      const revoked_at = database.raw('coalesce(revoked_at, now())')
      const changed = await rows().where({ workspace_id: workspaceId, id }).update({ revoked_at })
      known.clear()
      return changed > 0
    },
    async callerOf(key) {
      if (!shape.test(key)) throw invalid()
      const hash = hashOf(key)
      const caller = await known.get(hash.toString('base64'), () => look(hash))
      if (caller === undefined) throw invalid()
      noteUse(caller.id)
      return caller
    },
  }
}

const invalid = () => new Rejection('unauthenticated', 'The API key is unknown or revoked')

function isSame(row: Row, wanted: Pick<Row, 'workspace_id' | 'name' | 'scopes'>): boolean {
  const facts = ({ workspace_id, name, scopes }: typeof wanted) =>
    JSON.stringify([workspace_id, name, [...scopes].sort()])
  return facts(row) === facts(wanted)
}

function resourceOf({ id, name, scopes, hint, created_at, last_used_at, revoked_at }: Row): ApiKey {
  return {
    id,
    name,
    scopes,
    hint,
    createdAt: created_at.toISOString(),
    lastUsedAt: last_used_at?.toISOString() ?? null,
    revokedAt: revoked_at?.toISOString() ?? null,
  }
}
