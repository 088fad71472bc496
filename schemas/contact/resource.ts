import Type, { type Static } from 'typebox'
import { Email } from '../agent/resource.ts'
import { Conversation, HistoryEntry, Message, MessageFile, Note } from '../conversation/resource.ts'
import { exactly, Id, Metadata, nullable, pageOf, Time } from '../fields.ts'
import { Phone } from './phone.ts'

const fields = {
  id: Id,
  workspaceId: Id,
  name: nullable(Type.String()),
  email: nullable(Type.String()),
  phone: nullable(Type.String()),
  attributes: Metadata,
  visitorId: Type.String({ description: 'how a widget or channel knows the person' }),
  createdAt: Time,
  updatedAt: Time,
  erasedAt: nullable(Time),
}

/** A contact as commands answer it: what its own events say. */
export const ContactRecord = Type.Object(fields, { additionalProperties: false })
export type ContactRecord = Static<typeof ContactRecord>

/** A contact as it is read: also what its conversations say. */
export const Contact = Type.Object(
  {
    ...fields,
    conversations: Type.Integer({ minimum: 0, description: 'how many there are; counted no further than 1,000' }),
    lastSeenAt: nullable(Type.String({ format: 'date-time', description: 'latest activity in one of them' })),
  },
  { additionalProperties: false },
)
export type Contact = Static<typeof Contact>

export const ContactPage = pageOf(Contact)

const ContactName = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })

/** POST /api/contacts (document D). */
export const CreateContactBody = exactly({
  name: Type.Optional(nullable(ContactName)),
  email: Type.Optional(nullable(Email)),
  phone: Type.Optional(nullable(Phone)),
  attributes: Type.Optional(Metadata),
})

/** PATCH /api/contacts/{id}: absent fields stay, null clears one. */
export const UpdateContactBody = exactly({
  name: Type.Optional(nullable(ContactName)),
  email: Type.Optional(nullable(Email)),
  phone: Type.Optional(nullable(Phone)),
  attributes: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      maxProperties: 100,
      description: 'merged with those that are there, one level deep; null removes one',
    }),
  ),
})

/** What the visitor made of a session. */
const ExportedRating = exactly({
  sessionId: Id,
  score: Type.Integer(),
  comment: nullable(Type.String()),
  createdAt: Time,
})

const ExportedConversation = exactly({
  conversation: Conversation,
  messages: Type.Array(Message),
  notes: Type.Array(Note),
  ratings: Type.Array(ExportedRating),
  files: Type.Array(MessageFile, { description: 'everything that was uploaded; the bytes lie under `url`' }),
  history: Type.Array(HistoryEntry),
})
export type ExportedConversation = Static<typeof ExportedConversation>

/** All that is held on a person. */
export const ContactExport = exactly({
  exportedAt: Time,
  contact: Contact,
  history: Type.Array(HistoryEntry, { description: 'what happened to the contact itself' }),
  conversations: Type.Array(ExportedConversation, { description: 'each whole, with everything in it' }),
})

/** Conversations of a contact, for whoever erases them. */
export const ContactConversations = exactly({
  data: Type.Array(exactly({ id: Id })),
  nextCursor: nullable(Type.String()),
})

/** Contacts that a workspace keeps for no reason any more. */
export const StaleContacts = exactly({
  data: Type.Array(exactly({ id: Id, lastActivityAt: Time })),
  nextCursor: nullable(Type.String({ description: 'where to look on; null when all have been looked at' })),
})
