import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import type { TSchema } from 'typebox'
import type { EventDefinition } from '../../../schemas/define.ts'
import type { VaultKey } from '../vault/table.ts'

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16

/** A personal field as it lies in the log. */
export interface Sealed {
  /** base64url of iv (12) | ciphertext of the JSON value | tag (16). */
  $sealed: string
}

export type Fields = Record<string, unknown>

/**
 * Encrypts one value, bound to the event and the field that it stands in: moved to another event or field, it does not open. Null is
 * sealed like any value, so that the log does not tell who left no phone number.
 */
export function seal(value: unknown, key: KeyObject, eventId: string, field: string): Sealed {
  const text = JSON.stringify(value)
  const bytes = Buffer.allocUnsafe(ivLength)
  randomFillSync(bytes)
  const cipher = createCipheriv(algorithm, key, bytes, { authTagLength: tagLength })
  cipher.setAAD(Buffer.from(`${eventId}/${field}`))
  const ciphertext = cipher.update(text, 'utf8')
  cipher.final()
  return { $sealed: Buffer.concat([bytes, ciphertext, cipher.getAuthTag()]).toString('base64url') }
}

/** Opens one value. Throws when it was altered, moved, or sealed under another key. */
export function unseal(sealed: Sealed, key: KeyObject, eventId: string, field: string): unknown {
  const bytes = Buffer.from(sealed.$sealed, 'base64url')
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivLength), { authTagLength: tagLength })
  decipher.setAAD(Buffer.from(`${eventId}/${field}`))
  decipher.setAuthTag(bytes.subarray(bytes.length - tagLength))
  const text = decipher.update(bytes.subarray(ivLength, bytes.length - tagLength), undefined, 'utf8')
  return JSON.parse(text + decipher.final('utf8'))
}

export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && '$sealed' in value && typeof value.$sealed === 'string'
}

/** Whether an event has anything to seal. */
export function hasPersonal(definition: EventDefinition | undefined, data: Fields): boolean {
  return definition?.personal.some((field) => data[field] !== undefined) ?? false
}

/** The stored form of an event's data: its personal fields sealed, the others as they are. */
export function sealFields(definition: EventDefinition, data: Fields, key: KeyObject, eventId: string): Fields {
  const stored = { ...data }
  for (const field of definition.personal) {
    if (data[field] !== undefined) stored[field] = seal(data[field], key, eventId, field)
  }
  return stored
}

/** Replaces sealed fields by their values, in place; by what stands for erased words where the key was dropped. */
export function unsealFields(
  fields: readonly string[],
  data: Fields,
  key: VaultKey,
  eventId: string,
  definition?: EventDefinition,
): void {
  for (const field of fields) {
    const value = data[field]
    if (!isSealed(value)) continue
    if (key === 'erased') data[field] = erasedValue(definition?.data.properties[field])
    else data[field] = unseal(value, key, eventId, field)
  }
}

/**
 * What readers get for a personal field once its contact is erased, by the field's schema: `[erased]` where text may stand, `{}` for
 * free-form facts (metadata, attributes), `[]` for a list, null for everything else (rich media).
 */
export function erasedValue(schema: TSchema | undefined): unknown {
  const options = schema && 'anyOf' in schema && Array.isArray(schema.anyOf) ? schema.anyOf : [schema]
  const types = options.map((option) => option?.type)
  if (types.includes('string')) return '[erased]'
  if (types.includes('object')) return {}
  if (types.includes('array')) return []
  return null
}
