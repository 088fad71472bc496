import type { ParleyEventType } from '../catalog.ts'

/** The events that say of a contact, or of one of his conversations, that its words are gone. Both name the contact as `contactId`. */
const erasures: ReadonlySet<string> = new Set<ParleyEventType>(['ContactErased', 'ConversationErased'])

export function isErasure(type: string): boolean {
  return erasures.has(type)
}

/** Whose words are gone after an event, as it is stored; undefined after any other. */
export function contactErasedBy(type: string, data: unknown): string | undefined {
  if (!isErasure(type) || typeof data !== 'object' || data === null || !('contactId' in data)) return undefined
  return typeof data.contactId === 'string' ? data.contactId : undefined
}
