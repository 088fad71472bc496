import type { Static, TObject, TProperties, TSchema } from 'typebox'

/** How the log knows a kind of event: its name, the version that is written today, and the shape of its data. */
export interface EventDefinition<Data extends TObject = TObject> {
  readonly v: number
  readonly data: Data
  /** Top-level fields that are sealed under the contact's key before they are stored. */
  readonly personal: readonly string[]
}

/** A field that holds personal data: sealed in the log, `[erased]` once the contact is erased (DESIGN.md section 3). */
export function personal<T extends TSchema>(schema: T): T {
  return Object.assign(schema, { 'x-personal': true })
}

export function isPersonal(schema: TSchema): boolean {
  return 'x-personal' in schema && schema['x-personal'] === true
}

/** Declares an event. Stored for ever: change it by adding optional fields, or add an upcaster and raise `v`. */
export function event<P extends TProperties>(data: TObject<P>, v = 1): EventDefinition<TObject<P>> {
  const fields = Object.entries<TSchema>(data.properties)
  return { v, data, personal: fields.filter(([, schema]) => isPersonal(schema)).map(([name]) => name) }
}

/** The union of the events in a table of definitions: `{type: 'ConversationStarted', data: {…}} | …`. */
export type EventOf<Table extends Record<string, EventDefinition>> = {
  [Type in keyof Table & string]: { type: Type; data: Static<Table[Type]['data']> }
}[keyof Table & string]

/** What a fold sees of an event beside its type and data. All of it comes from the envelope and the stream. */
export interface Happened {
  id: string
  revision: number
  workspaceId: string
  /** When it was appended, ISO 8601 UTC. */
  at: string
  actor: { kind: string; id: string }
  commandId: string
  /** Fingerprint of the command that caused it, where it had an idempotency key. */
  request?: string | undefined
}
