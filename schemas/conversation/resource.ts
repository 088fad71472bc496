import Type, { type Static } from 'typebox'
import { Id, Metadata, nullable, pageOf, Time } from '../fields.ts'
import { ContentType, RichMedia } from './content.ts'
import { Delivery } from './delivery.ts'
import { FileFacts, SenderType } from './events.ts'

export const statuses = ['open', 'pending', 'closed'] as const
export const Status = Type.Enum(statuses)
export type Status = (typeof statuses)[number]

/** What anybody who knows the id may see (documents A and C). */
const publicFields = {
  id: Id,
  workspaceId: Id,
  widgetId: nullable(Id),
  visitorId: Type.String(),
  assignedAgentId: nullable(Id),
  status: Status,
  channel: Type.String(),
  startedAt: Time,
  closedAt: nullable(Time),
  metadata: Metadata,
  sessionId: Id,
}

export const PublicConversation = Type.Object(publicFields, { additionalProperties: false })

/** What agents see. */
export const Conversation = Type.Object(
  {
    ...publicFields,
    contactId: Id,
    channelId: nullable(Id),
    openedAt: Time,
    firstMessageAt: nullable(Time),
    assignedAt: nullable(Time),
    tags: Type.Array(Type.String()),
    unreadCount: Type.Integer({ minimum: 0, description: 'visitor messages that no agent has read' }),
    messageCount: Type.Integer({ minimum: 0 }),
    lastMessageAt: nullable(Time),
    sessions: Type.Integer({ minimum: 1, description: 'how many sessions there have been' }),
    rating: nullable(Type.Integer({ minimum: 1, maximum: 5, description: 'of the latest session that was rated' })),
    flowRunId: nullable(Type.String({ format: 'uuid', description: 'the run of the chat flow that answers now' })),
    updatedAt: Time,
    revision: Type.Integer({ minimum: 0, description: 'revision of the stream that this state stands at' }),
  },
  { additionalProperties: false },
)
export type Conversation = Static<typeof Conversation>
export type PublicConversation = Static<typeof PublicConversation>

/** The answer to a start: also the visitor's token (API.md, Identity). */
export const StartedConversation = Type.Object(
  { ...publicFields, visitorToken: Type.String() },
  { additionalProperties: false },
)

export function publicView(conversation: Conversation): PublicConversation {
  const {
    contactId: _c,
    channelId: _ch,
    openedAt: _o,
    firstMessageAt: _f,
    assignedAt: _as,
    tags: _t,
    unreadCount: _u,
    messageCount: _m,
    lastMessageAt: _l,
    sessions: _s,
    rating: _r,
    flowRunId: _fl,
    updatedAt: _a,
    revision: _v,
    ...seen
  } = conversation
  return seen
}

/** A file of a message, with the path that serves it. */
export const MessageFile = Type.Object({ ...FileFacts.properties, url: Type.String() }, { additionalProperties: false })
export type MessageFile = Static<typeof MessageFile>

export const fileUrl = (conversationId: string, fileId: string) =>
  `/api/conversations/${conversationId}/files/${fileId}`

export function filesOf(conversationId: string, files: readonly FileFacts[] | null | undefined): MessageFile[] {
  return (files ?? []).map((file) => ({ ...file, url: fileUrl(conversationId, file.id) }))
}

export const Message = Type.Object(
  {
    id: Id,
    conversationId: Id,
    sessionId: Id,
    content: Type.String(),
    contentType: ContentType,
    richMedia: nullable(RichMedia),
    senderType: SenderType,
    senderId: Type.String(),
    files: Type.Array(MessageFile),
    isRead: Type.Boolean({ description: 'whether the other side has read it' }),
    readBy: nullable(Type.String({ description: 'who of the other side read it first' })),
    readAt: nullable(Time),
    delivery: Type.Optional(Delivery),
    createdAt: Time,
    revision: Type.Integer({
      minimum: 0,
      description: 'revision of the event that sent it; ascending in a conversation',
    }),
  },
  { additionalProperties: false },
)
export type Message = Static<typeof Message>

export const Note = Type.Object(
  {
    id: Id,
    conversationId: Id,
    agentId: Type.String({ format: 'uuid', description: 'who wrote it: an agent, or a flow or automation' }),
    content: Type.String(),
    createdAt: Time,
    revision: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type Note = Static<typeof Note>

export const Rating = Type.Object(
  { conversationId: Id, sessionId: Id, score: Type.Integer(), comment: nullable(Type.String()) },
  { additionalProperties: false },
)

/** Who a conversation is with, in a list that is asked for it. */
export const ContactBrief = Type.Object(
  { id: Id, name: nullable(Type.String()), email: nullable(Type.String()), visitorId: Type.String() },
  { additionalProperties: false },
)
export type ContactBrief = Static<typeof ContactBrief>

export const ListedConversation = Type.Object(
  { ...Conversation.properties, contact: Type.Optional(ContactBrief) },
  { additionalProperties: false, description: 'a conversation; `contact` is there where `expand=contact` asks for it' },
)
export type ListedConversation = Static<typeof ListedConversation>

export const ConversationPage = Type.Object({
  ...pageOf(ListedConversation).properties,
  totalIsExact: Type.Boolean({ description: 'false: there are at least `total`, which a search counted no further' }),
})
export type ConversationPage = Static<typeof ConversationPage>
export const MessagePage = pageOf(Message)

/** One event of the auditable history. */
export const HistoryEntry = Type.Object(
  {
    revision: Type.Integer({ minimum: 0 }),
    id: Id,
    type: Type.String(),
    actor: Type.Object({ kind: Type.String(), id: Type.String() }),
    at: Time,
    data: Type.Unknown({
      description: 'as its schema in /schemas says; personal data of an erased contact reads [erased]',
    }),
    hash: Type.String({ description: 'SHA-256, hex; chains to the entry before' }),
    prev: Type.String(),
  },
  { additionalProperties: false },
)
export type HistoryEntry = Static<typeof HistoryEntry>
export const History = Type.Object(
  { conversationId: Id, revision: Type.Integer(), data: Type.Array(HistoryEntry) },
  { additionalProperties: false },
)
