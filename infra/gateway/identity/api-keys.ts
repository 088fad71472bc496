import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { v4 as uuid } from 'uuid'
import type { ApiKeyScope, Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Database } from '../../runtime/postgres.ts'

export interface NewApiKey {
  workspaceId: string
  name: string
  scopes: readonly ApiKeyScope[]
}

/** Keys for other systems: `pk_…`, shown once, stored as a hash. */
export interface ApiKeys {
  create(key: NewApiKey): Promise<{ id: string; key: string }>
  /** Works elsewhere within `cacheMs`, here at once. False when there is no such key. */
  revoke(workspaceId: string, id: string): Promise<boolean>
  /** Throws Rejection('unauthenticated'). */
  callerOf(key: string): Promise<Caller>
}

interface Row {
  id: string
  workspace_id: string
  name: string
  key_hash: Buffer
  hint: string
  scopes: string[]
  last_used_at: Date | null
  revoked_at: Date | null
}

export const apiKeyPrefix = 'pk_'
const shape = /^pk_[A-Za-z0-9_-]{43}$/
/** `last_used_at` is for people, who care about days: it is written once a minute at most. */
const noteMs = 60_000

export function createApiKeys(
  database: Database,
  logger: Logger,
  { cacheMs = 10_000 }: { cacheMs?: number } = {},
): ApiKeys {
  const rows = () => database<Row>('identity.api_keys')
  // Unknown keys are cached as well, so that one that is tried over and over does not reach the database.
  const known = new LRUCache<string, { caller: Caller | undefined }>({ max: 10_000, ttl: cacheMs })
  const noted = new LRUCache<string, true>({ max: 10_000, ttl: noteMs })

  const noteUse = (id: string) => {
    if (noted.has(id)) return
    noted.set(id, true)
    rows()
      .where({ id })
      .update({ last_used_at: database.fn.now() })
      .catch((error: unknown) => logger.warn({ error }, 'the use of an API key could not be noted'))
  }

  const look = async (hash: Buffer): Promise<Caller | undefined> => {
    const row = (await rows().where({ key_hash: hash, revoked_at: null }).limit(1))[0]
    if (row === undefined) return undefined
    return { kind: 'apiKey', id: row.id, workspaceId: row.workspace_id, scopes: row.scopes }
  }

  return {
    async create({ workspaceId, name, scopes }) {
      const id = uuid()
      const key = apiKeyPrefix + randomBytes(32).toString('base64url')
      const hint = `${key.slice(0, 7)}…${key.slice(-4)}`
      const row = { id, workspace_id: workspaceId, name, key_hash: hashOf(key), hint, scopes: [...scopes] }
      await rows().insert(row)
      return { id, key }
    },
    async revoke(workspaceId, id) {
      const changed = await rows().where({ workspace_id: workspaceId, id }).update({ revoked_at: new Date() })
      known.clear()
      return changed > 0
    },
    async callerOf(key) {
      if (!shape.test(key)) throw invalid()
      const hash = hashOf(key)
      const name = hash.toString('base64')
      let found = known.get(name)
      if (found === undefined) {
        found = { caller: await look(hash) }
        known.set(name, found)
      }
      const { caller } = found
      if (caller === undefined || caller.kind !== 'apiKey') throw invalid()
      noteUse(caller.id)
      return caller
    },
  }
}

const invalid = () => new Rejection('unauthenticated', 'The API key is unknown or revoked')

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
