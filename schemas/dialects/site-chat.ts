import Type, { type Static } from 'typebox'
import { exactly, Id, nullable, Time } from '../fields.ts'
import { route } from '../route.ts'

const SiteFile = exactly({
  id: Type.Integer({ minimum: 1, description: 'which of the files of the message, from 1' }),
  activity_id: Type.Integer({ minimum: 1, description: 'the message: a number that grows within the conversation' }),
  filename: Type.String(),
  size: Type.Integer({ minimum: 0, description: 'bytes' }),
  mime_type: Type.String(),
})

export const SiteMessage = exactly({
  direction: Type.Enum(['inbound', 'outbound'], { description: 'inbound: from the visitor' }),
  body: Type.String(),
  timestamp: Time,
  author: Type.String({ description: "the contact's name inbound; the agent's, or the channel's, outbound" }),
  id: Id,
  files: Type.Array(SiteFile),
})
export type SiteMessage = Static<typeof SiteMessage>

/** A field of a body: what is missing, empty or too long is refused in the words of document B, so that the schema lets it pass. */
function field(description: string) {
  return Type.Optional(nullable(Type.String({ description })))
}

const siteKey = {
  site_key: Type.Optional(
    Type.String({ description: 'instead of the headers X-Site-Key or Authorization: Bearer sk_…', examples: ['sk_…'] }),
  ),
}
const token = exactly({
  visitor_token: Type.String({
    minLength: 1,
    maxLength: 2000,
    description: 'the visitor token with which the conversation was created, or its conversation_token',
  }),
})

export const messageLimit = 10_000

const dialect = 'site-chat'
const service = 'gateway'
const access = 'public'
const tag = 'Site chat'
const root = '/api/v1/chat'
const bytes = { description: 'the file, or a part of it, under its own media type', type: '*/*' }
const refused = ['unauthenticated', 'forbidden'] as const

/** Document B, at the root. Unknown fields of bodies are passed over, as its own servers do. Limits count a site key and an address. */
export const siteChatRoutes = {
  config: route({
    service,
    dialect,
    access,
    tag,
    method: 'GET',
    path: `${root}/config`,
    summary: 'Get the configuration of the chat',
    perMinute: 60,
    query: exactly(siteKey),
    answers: { 200: { description: 'the configuration', schema: exactly({ greeting: Type.String() }) } },
    rejections: [...refused],
  }),
  create: route({
    service,
    dialect,
    access,
    tag,
    method: 'POST',
    path: `${root}/conversations`,
    summary: 'Create a conversation with its first message',
    description:
      'A visitor token has one conversation; one that was broken off before its first message goes on. `conversation_token` is the right to the conversation in sockets and in the canonical API. The auto reply is said here only; it is no message of the conversation, and empty where there is none.',
    perMinute: 5,
    takes: 'form',
    query: exactly(siteKey),
    body: Type.Object({
      name: field('required; at most 200 characters'),
      email: field('required'),
      message: field(`required; at most ${messageLimit} characters`),
      visitor_token: field('required; at most 200 characters'),
    }),
    answers: {
      201: {
        description: 'created',
        schema: exactly({ conversation_token: Type.String(), auto_reply: Type.String() }),
      },
    },
    rejections: [...refused, 'not-found', 'already-exists', 'contact-erased', 'idempotency-key-reused'],
  }),
  messages: route({
    service,
    dialect,
    access,
    tag,
    method: 'GET',
    path: `${root}/conversations/{visitor_token}/messages`,
    summary: 'Get the messages of a conversation, the oldest first',
    description: 'At most 10,000; go on with `since`.',
    perMinute: 60,
    params: token,
    query: exactly({
      ...siteKey,
      since: Type.Optional(
        Type.String({
          description: 'only messages after this ISO 8601 time, or after the message of this id',
          examples: ['2026-01-15T10:30:00Z'],
        }),
      ),
    }),
    answers: { 200: { description: 'the messages', schema: Type.Array(SiteMessage) } },
    rejections: [...refused, 'not-found'],
  }),
  reply: route({
    service,
    dialect,
    access,
    tag,
    method: 'POST',
    path: `${root}/conversations/{visitor_token}/messages`,
    summary: 'Send a reply',
    description:
      'Opens the conversation again if it was closed. With files: the same as multipart, in which `message` may be left out.',
    perMinute: 20,
    takes: 'multipart',
    params: token,
    query: exactly(siteKey),
    body: Type.Object({ message: field(`required; at most ${messageLimit} characters`) }),
    answers: { 201: { description: 'sent', schema: exactly({ status: Type.Literal('ok') }) } },
    rejections: [...refused, 'not-found', 'conflict', 'contact-erased', 'idempotency-key-reused'],
  }),
  file: route({
    service,
    dialect,
    access,
    tag,
    method: 'GET',
    path: `${root}/conversations/{visitor_token}/files/{activity_id}/{id}`,
    summary: 'Download a file of a message',
    description:
      'Whole or in ranges; with an ETag. Only pictures, sound, films, plain text and PDF are shown inline; what a browser might run is always an attachment, as application/octet-stream.',
    perMinute: 60,
    params: exactly({
      ...token.properties,
      activity_id: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: '`activity_id` of the file' }),
      id: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: '`id` of the file' }),
    }),
    query: exactly({
      ...siteKey,
      disposition: Type.Optional(Type.Enum(['inline', 'attachment'], { default: 'attachment' })),
    }),
    answers: { 200: bytes, 206: bytes, 304: { description: 'what If-None-Match names is what there is' } },
    rejections: [...refused, 'not-found', 'range-not-satisfiable'],
  }),
}
