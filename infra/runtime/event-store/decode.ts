import { definitionOf } from '../../../schemas/catalog.ts'
import { contactErasedBy } from '../../../schemas/contact/erasure.ts'
import type { Envelope, Recorded } from '../../../schemas/envelope.ts'
import { upcast } from '../../../schemas/upcast/upcast.ts'
import type { VaultKey } from '../vault/table.ts'
import type { Vault } from '../vault/vault.ts'
import type { Delivered, Undecodable } from './log.ts'
import { type Fields, isSealed, unsealFields } from './seal.ts'
import type { StoredEvent } from './stored.ts'

/**
 * Unseals and upcasts a batch, with one question to the vault. An event that cannot be decoded becomes an Undecodable; a type that the
 * catalog does not know decodes to itself. Throws only Rejection('unavailable'), when the vault cannot be asked.
 *
 * The vault is told of every erasure that is read: so whoever follows the log reads none of the words that come after one, even if they
 * were sealed by a process that had not heard of it, and no key that is cached outlives it.
 */
export async function decodeAll(events: readonly StoredEvent[], vault: Vault): Promise<Delivered[]> {
  const ids = new Set<string>()
  for (const event of events) {
    const erased = contactErasedBy(event.type, event.data)
    if (erased !== undefined) vault.markErased(erased)
    const key = keyOf(event)
    if (key !== undefined) ids.add(key)
  }
  const keys = ids.size > 0 ? await vault.load(ids) : new Map<string, VaultKey>()
  return events.map((event) => decode(event, keys))
}

/** An event whose content cannot be had, thrown where a reader needs all of a stream. */
export class UndecodableEvent extends Error {
  override name = 'UndecodableEvent'
  constructor({ stream, revision, type, error }: Undecodable) {
    super(`${type} at revision ${revision} of ${stream} cannot be decoded: ${error.message}`, { cause: error })
  }
}

function keyOf({ metadata }: StoredEvent): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('key' in metadata)) return undefined
  return typeof metadata.key === 'string' ? metadata.key : undefined
}

function decode(event: StoredEvent, keys: ReadonlyMap<string, VaultKey>): Delivered {
  try {
    return decoded(event, keys)
  } catch (error) {
    const { stream, revision, position, type } = event
    return { stream, revision, position, type, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function decoded(event: StoredEvent, keys: ReadonlyMap<string, VaultKey>): Recorded {
  const { id, stream, revision, position, data, metadata } = event
  if (!isEnvelope(metadata)) throw new Error('its metadata is no envelope')
  if (!isFields(data)) throw new Error('its data is no JSON object')
  const definition = definitionOf(event.type)
  // Another version's personal fields are not those of today's definition: there, whatever looks sealed is.
  const fields = definition?.v === metadata.v ? definition.personal : Object.keys(data)
  if (fields.some((field) => isSealed(data[field]))) {
    unsealFields(fields, data, keyFor(metadata, keys), id, definition)
  }
  const current = upcast(event.type, metadata.v, data)
  return { id, stream, revision, position, type: current.type, data: current.data, meta: metadata }
}

function keyFor({ key }: Envelope, keys: ReadonlyMap<string, VaultKey>): VaultKey {
  if (key === undefined) throw new Error('it is sealed, and does not say whose key opens it')
  const found = keys.get(key)
  if (found === undefined) throw new Error(`the vault has no key of contact ${key}`)
  return found
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Enough to trust the rest: only this adapter writes envelopes, and `make verify` watches over them. */
function isEnvelope(value: unknown): value is Envelope {
  return (
    typeof value === 'object' &&
    value !== null &&
    'v' in value &&
    typeof value.v === 'number' &&
    'workspaceId' in value &&
    typeof value.workspaceId === 'string' &&
    'hash' in value &&
    typeof value.hash === 'string' &&
    'actor' in value &&
    typeof value.actor === 'object'
  )
}
