import Type, { type Static } from 'typebox'
import { ContentType, RichMedia } from '../conversation/content.ts'
import { exactly, Id, nullable, Tag, Time } from '../fields.ts'
import { route } from '../route.ts'

/** One stretch of a conversation, from open to resolved. */
export const PlatformSession = exactly({
  id: Id,
  status: Type.Enum(['open', 'resolved']),
  assigned_agent_id: nullable(Id),
  tags: Type.Array(Type.String()),
  first_message_at: nullable(Time),
  assigned_at: nullable(Time),
  resolved_at: nullable(Time),
})

export const PlatformConversation = exactly({
  id: Id,
  end_user: exactly({ id: Id, display_name: nullable(Type.String()), external_id: Type.String() }),
  channel_id: nullable(Id),
  organization_id: Id,
  active_session: nullable(PlatformSession),
  created_at: Time,
  updated_at: Time,
})
export type PlatformConversation = Static<typeof PlatformConversation>

const PlatformFile = exactly({
  id: Id,
  filename: Type.String(),
  size: Type.Integer({ description: 'bytes' }),
  mime_type: Type.String(),
  url: Type.String({ description: 'path of the canonical API that serves it' }),
})

/** What an end user sees of a message. */
const publicMessage = {
  id: Id,
  sender_type: Type.Enum(['end_user', 'agent', 'bot']),
  sender_id: Type.String({ description: 'external_id of an end user, id of an agent' }),
  content_type: ContentType,
  content: Type.String(),
  rich_media: nullable(RichMedia),
  files: Type.Array(PlatformFile, { description: 'what was uploaded with it' }),
  created_at: Time,
}
export const EndUserMessage = exactly(publicMessage)
export type EndUserMessage = Static<typeof EndUserMessage>

export const PlatformMessage = exactly({
  ...publicMessage,
  session_id: Id,
  read_by: Type.Record(Type.String(), Time, { description: 'who of the other side read it, and when' }),
})
export type PlatformMessage = Static<typeof PlatformMessage>

/** As end users are known to a channel; longer ones are no names but data. */
export const ExternalId = Type.String({ minLength: 1, maxLength: 200 })
export const Signature = Type.String({
  pattern: '^[0-9a-fA-F]{64}$',
  description:
    'hex HMAC-SHA256 of the external id under the identity secret of the channel; needed where that has identityVerification "required"',
  examples: ['9b74c9897bac770ffc029102a200c5de11e0d4a2f4ed9a3e1b2f7c0c5a7d3e10'],
})
const Tags = Type.Array(Tag, { maxItems: 50 })

const dialect = 'chatbot-platform'
const service = 'gateway'
const tag = 'Chatbot platform'
const byId = exactly({ id: Id })
const root = '/platform/api/conversations'

/** Document C: agents under /platform, end users at the root. Unknown fields of bodies are passed over, as its own servers do. */
export const chatbotPlatformRoutes = {
  list: route({
    service,
    dialect,
    method: 'GET',
    path: root,
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'List conversations, the latest activity first',
    description:
      '`unassigned`: open sessions with no agent; `mine`: open sessions of the calling agent; `all`: every conversation of the organization. A bare array; `limit` and `offset` are ours.',
    query: exactly({
      filter: Type.Optional(Type.Enum(['unassigned', 'mine', 'all'], { default: 'unassigned' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 100 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: 0 })),
    }),
    answers: { 200: { description: 'the conversations', schema: Type.Array(PlatformConversation) } },
    rejections: [],
  }),
  get: route({
    service,
    dialect,
    method: 'GET',
    path: `${root}/{id}`,
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'Get a conversation',
    params: byId,
    answers: { 200: { description: 'the conversation', schema: PlatformConversation } },
    rejections: ['not-found'],
  }),
  history: route({
    service,
    dialect,
    method: 'GET',
    path: `${root}/{id}/history`,
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'The messages of a conversation, the oldest first',
    params: byId,
    query: exactly({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 50 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 })),
    }),
    answers: { 200: { description: 'the messages', schema: Type.Array(PlatformMessage) } },
    rejections: ['not-found'],
  }),
  assign: route({
    service,
    dialect,
    method: 'POST',
    path: `${root}/{id}/assign`,
    access: 'agent',
    scope: 'write',
    tag,
    summary: 'Claim a conversation for oneself',
    description: 'Of several who claim it at the same time one gets it; the others are answered 409.',
    params: byId,
    answers: {
      200: {
        description: 'whose it is now',
        schema: exactly({ id: Id, assigned_agent_id: Id, assigned_at: nullable(Time) }),
      },
    },
    rejections: [
      'not-found',
      'already-assigned',
      'at-capacity',
      'conversation-closed',
      'not-an-agent',
      'conflict',
      'idempotency-key-reused',
      'projection-behind',
    ],
  }),
  resolve: route({
    service,
    dialect,
    method: 'POST',
    path: `${root}/{id}/resolve`,
    access: 'agent',
    scope: 'write',
    tag,
    summary: 'Resolve the open session, with final tags',
    params: byId,
    body: Type.Object({ tags: Type.Optional(Tags) }),
    answers: {
      200: {
        description: 'the session as it ended, with all its tags',
        schema: exactly({
          id: Id,
          session_id: Id,
          status: Type.Literal('resolved'),
          tags: Type.Array(Type.String()),
          resolved_at: Time,
        }),
      },
    },
    rejections: ['not-found', 'already-closed', 'conflict', 'idempotency-key-reused'],
  }),
  tag: route({
    service,
    dialect,
    method: 'POST',
    path: `${root}/{id}/tag`,
    access: 'agent',
    scope: 'write',
    tag,
    summary: 'Add tags',
    params: byId,
    body: Type.Object({ tags: Type.Array(Tag, { minItems: 1, maxItems: 50 }) }),
    answers: {
      200: { description: 'all its tags', schema: exactly({ id: Id, tags: Type.Array(Type.String()) }) },
    },
    rejections: ['not-found', 'conflict'],
  }),
  untag: route({
    service,
    dialect,
    method: 'DELETE',
    path: `${root}/{id}/tag/{tag}`,
    access: 'agent',
    scope: 'write',
    tag,
    summary: 'Remove a tag',
    params: exactly({ id: Id, tag: Tag }),
    answers: {
      200: { description: 'the tags that are left', schema: exactly({ id: Id, tags: Type.Array(Type.String()) }) },
    },
    rejections: ['not-found', 'conflict'],
  }),
  init: route({
    service,
    dialect,
    method: 'POST',
    path: `${root}/init`,
    access: 'public',
    tag,
    summary: 'Get or create the conversation of an end user',
    description:
      'One for each end user and channel. `visitor_token` is the right to it, in sockets and in the canonical API. From pages of other origins than the channel allows: 403.',
    body: Type.Object({
      embed_token: Type.String({ minLength: 1, maxLength: 200 }),
      external_id: ExternalId,
      display_name: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
      signature: Type.Optional(Signature),
    }),
    answers: {
      200: { description: 'the conversation that was there', schema: initAnswer() },
      201: { description: 'the new conversation', schema: initAnswer() },
    },
    rejections: ['not-found', 'forbidden', 'conflict', 'contact-erased', 'idempotency-key-reused'],
  }),
  endUserHistory: route({
    service,
    dialect,
    method: 'GET',
    path: '/chat-widget/history/{conversation_id}',
    access: 'public',
    tag,
    summary: 'The last 100 messages for the end user, the oldest first',
    description:
      'The end user is known by `external_id`: the one of the channel, or the `visitorId` in a widget. A widget that demands the visitor token takes it as bearer.',
    params: exactly({ conversation_id: Id }),
    query: exactly({ external_id: ExternalId, signature: Type.Optional(Signature) }),
    answers: { 200: { description: 'the messages', schema: Type.Array(EndUserMessage) } },
    rejections: ['not-found', 'forbidden'],
  }),
}

function initAnswer() {
  return exactly({
    conversation_id: Id,
    channel_id: Id,
    session_id: Id,
    session_status: Type.Enum(['open', 'resolved'], {
      description: 'the next message of the end user opens a new session in a resolved one',
    }),
    visitor_token: Type.String(),
  })
}
