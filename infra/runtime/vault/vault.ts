import type { KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { Rejection } from '../../../schemas/rejection.ts'
import { createVaultTable, type VaultKey } from './table.ts'

/**
 * The keys of personal data, one for each contact, wrapped under the master key. Dropping one makes whatever it sealed unreadable for
 * ever, in the log, in Kafka and in every backup of them; backups of this table must be let go for the same reason.
 */
export interface Vault {
  ensureSchema(): Promise<void>
  /** The contact's key; made, and on disk, when there was none. Throws Rejection('contact-erased') or Rejection('unavailable'). */
  ensure(keyId: string, workspaceId: string): Promise<KeyObject>
  /** Undefined: this vault has never heard of it. */
  find(keyId: string): Promise<VaultKey | undefined>
  /** All of them, with at most one query. Ids that the vault does not know are missing from the answer. */
  load(keyIds: Iterable<string>): Promise<Map<string, VaultKey>>
  /** What is at hand without asking Postgres. */
  cached(keyId: string): VaultKey | undefined
  /** Drops the key for ever. This process forgets it at once; others when they read of it in the log, or within `cacheSeconds`. */
  erase(keyId: string): Promise<void>
  /**
   * For whoever reads of an erasure in the log, which comes before the key is dropped: from now on this process opens and seals nothing
   * with it, whatever Postgres says yet.
   */
  markErased(keyId: string): void
}

export interface VaultOptions {
  pool: pg.Pool
  /** 32 bytes. */
  masterKey: Buffer
  /** Most keys that are kept in memory. Default 50,000. */
  cacheSize?: number
  /** How long a key may be used before Postgres is asked again; 0: it is asked every time. Default 30. */
  cacheSeconds?: number
  /** A role that gets the right to read the keys. */
  readRole?: string | undefined
}

interface Waiting {
  resolve(key: KeyObject): void
  reject(error: unknown): void
}

export function createVault(options: VaultOptions): Vault {
  const { cacheSize = 50_000, cacheSeconds = 30 } = options
  const table = createVaultTable(options)
  const cache = new LRUCache<string, VaultKey>({ max: cacheSize, ttl: cacheSeconds * 1000 })
  let wanted = new Map<string, string>()
  let waiting = new Map<string, Waiting[]>()

  // An answer that was on its way while the key was erased must not bring it back.
  const keep = (keys: Map<string, VaultKey>) => {
    for (const [id, key] of keys) {
      if (key === 'erased') cache.set(id, key, { ttl: 0 })
      else if (cache.peek(id) === 'erased') keys.set(id, 'erased')
      else if (cacheSeconds > 0) cache.set(id, key)
    }
  }

  const load = async (keyIds: Iterable<string>) => {
    const keys = new Map<string, VaultKey>()
    const unknown = new Set<string>()
    for (const keyId of keyIds) {
      const key = cache.get(keyId)
      if (key !== undefined) keys.set(keyId, key)
      else if (isKeyId(keyId)) unknown.add(keyId)
    }
    if (unknown.size > 0) {
      const found = await table.select([...unknown])
      keep(found)
      for (const [keyId, key] of found) keys.set(keyId, key)
    }
    return keys
  }

  // Whoever asks in one turn of the event loop shares the statements.
  const flush = async () => {
    const ids = wanted
    const callers = waiting
    wanted = new Map()
    waiting = new Map()
    try {
      const keys = await load(ids.keys())
      const missing = new Map([...ids].filter(([id]) => !keys.has(id)))
      if (missing.size > 0) {
        const made = await table.insert(missing)
        keep(made)
        for (const [id, key] of made) keys.set(id, key)
      }
      for (const [id, list] of callers) for (const caller of list) settle(caller, id, keys.get(id))
    } catch (error) {
      for (const list of callers.values()) for (const caller of list) caller.reject(error)
    }
  }

  return {
    ensureSchema: () => table.create(),
    load,
    cached: (keyId) => cache.get(keyId),
    find: async (keyId) => (await load([keyId])).get(keyId),
    markErased: (keyId) => {
      cache.set(keyId, 'erased', { ttl: 0 })
    },

    ensure(keyId, workspaceId) {
      return new Promise((resolve, reject) => {
        const known = cache.get(keyId)
        if (known !== undefined) return settle({ resolve, reject }, keyId, known)
        if (!isKeyId(keyId)) return reject(new Error(`"${keyId}" is no contact id: a lower-case UUID is needed`))
        if (wanted.size === 0) setImmediate(flush)
        wanted.set(keyId, workspaceId)
        const callers = waiting.get(keyId)
        if (callers) callers.push({ resolve, reject })
        else waiting.set(keyId, [{ resolve, reject }])
      })
    },

    async erase(keyId) {
      await table.erase(keyId)
      cache.set(keyId, 'erased', { ttl: 0 })
    },
  }
}

/** One id in another form would fail the whole statement; Postgres answers in this form. */
function isKeyId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}

function settle(caller: Waiting, keyId: string, key: VaultKey | undefined): void {
  if (key === undefined) caller.reject(new Error(`The vault neither has nor made a key for ${keyId}`))
  else if (key === 'erased') caller.reject(new Rejection('contact-erased', `Contact ${keyId} has been erased.`))
  else caller.resolve(key)
}
