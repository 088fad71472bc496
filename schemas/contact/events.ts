import Type from 'typebox'
import { type EventOf, event, personal } from '../define.ts'
import { Id, Metadata, nullable } from '../fields.ts'

/** What may have happened to a contact. Stream `contact-<contactId>`. */
export const contactEvents = {
  ContactCreated: event(
    Type.Object({
      contactId: Id,
      visitorId: Type.String(),
      name: personal(nullable(Type.String())),
      email: personal(nullable(Type.String())),
      phone: personal(nullable(Type.String())),
      attributes: personal(Metadata),
    }),
  ),
}

export type ContactEvent = EventOf<typeof contactEvents>

export interface CreateContact {
  type: 'CreateContact'
  contactId: string
  visitorId: string
  name: string | null
  email: string | null
  phone: string | null
  attributes: Record<string, unknown>
}

export type ContactCommand = CreateContact
