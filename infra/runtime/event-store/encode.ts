import { v5 } from 'uuid'
import { definitionOf } from '../../../schemas/catalog.ts'
import type { Envelope } from '../../../schemas/envelope.ts'
import type { Vault } from '../vault/vault.ts'
import { canonical } from './canonical.ts'
import { chainHash } from './chain.ts'
import type { Append, CommandContext } from './log.ts'
import { type Fields, hasPersonal, sealFields } from './seal.ts'
import type { ProposedEvent } from './stored.ts'

/** What goes to the store, and what a reader will make of it. */
export interface Encoded {
  proposed: ProposedEvent
  /** The data as a reader gets it: unsealed, and with nothing in it that JSON cannot say. */
  data: Fields
  meta: Envelope
}

/**
 * The id of an event, derived from its command, so that a writer that tries again writes the same ids, which the store knows. Another
 * process that is asked the same has ids of its own: its bytes differ (sealing, time), so that it must lose the race and look again,
 * and not be told that what it wrote is stored.
 */
export function eventId(commandId: string, index: number, writer: string): string {
  return v5(`${writer}/${index}`, commandId)
}

/**
 * Seals, chains and serialises the events of one append. Once: sealing is random, so that a retry must send these very bytes.
 * Throws Rejection('contact-erased') and Rejection('unavailable').
 */
export async function encode(append: Append, vault: Vault, writer: string): Promise<Encoded[]> {
  const { context } = append
  const events = append.events.map(({ type, data }, index) => {
    const definition = definitionOf(type)
    if (definition === undefined) throw new Error(`${type} is not in the catalog: add it to schemas/ first`)
    return { id: eventId(context.commandId, index, writer), type, definition, data: asJson(type, data) }
  })
  const personal = events.find(({ definition, data }) => hasPersonal(definition, data))
  if (personal && context.key === undefined) {
    throw new Error(`${personal.type} holds personal data, and the command does not say whose (context.key)`)
  }
  const key = personal && context.key !== undefined ? await keyOf(context.key, context.workspaceId, vault) : undefined
  let prev = append.prevHash
  return events.map(({ id, type, definition, data }) => {
    const stored = canonical(key ? sealFields(definition, data, key, id) : data)
    const unhashed = { ...envelopeOf(context, definition.v), prev }
    const hash = chainHash(prev, { id, type, data: stored, metadata: canonical(unhashed) })
    const meta: Envelope = { ...unhashed, hash }
    prev = hash
    return { proposed: { id, type, data: Buffer.from(stored), metadata: Buffer.from(canonical(meta)) }, data, meta }
  })
}

function keyOf(contactId: string, workspaceId: string, vault: Vault) {
  const cached = vault.cached(contactId)
  return cached === undefined || cached === 'erased' ? vault.ensure(contactId, workspaceId) : cached
}

function envelopeOf(context: CommandContext, v: number): Omit<Envelope, 'prev' | 'hash'> {
  return {
    v,
    workspaceId: context.workspaceId,
    actor: { kind: context.actor.kind, id: context.actor.id },
    commandId: context.commandId,
    ...(context.request === undefined ? {} : { request: context.request }),
    $correlationId: context.correlationId,
    $causationId: context.causationId,
    at: context.at,
    ...(context.depth === undefined ? {} : { depth: context.depth }),
    ...(context.key === undefined ? {} : { key: context.key }),
  }
}

function asJson(type: string, data: unknown): Fields {
  const value: unknown = JSON.parse(JSON.stringify(data ?? null))
  if (!isFields(value)) throw new TypeError(`The data of ${type} is no object`)
  return value
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
