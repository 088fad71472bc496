import Type, { type Static } from 'typebox'
import { Caption, ContentType, RichMedia } from '../conversation/content.ts'
import { EndUserMessage, ExternalId, Signature } from '../dialects/chatbot-platform.ts'
import { exactly, Id, nullable } from '../fields.ts'

/**
 * The Socket.IO v4 events of document C. What is added to the document is said to be an addition. Unknown fields of what clients send are
 * passed over, as its own servers do.
 */

export const socketIoPath = '/socket.io'

const Revision = Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER })
const after = Type.Optional(
  nullable({ ...Revision, description: 'addition: the last `revision` that the client has, -1 for none' }),
)
const Position = Type.String({ pattern: '^[0-9]{1,19}/[0-9]{1,19}$', description: 'a place in the log' })
const external_id = Type.Optional(nullable(ExternalId))
const signature = Type.Optional(nullable(Signature))
const conversation_id = Id
const Speaker = Type.Enum(['end_user', 'agent'])

/** What a client may show when it connects (`auth` of its options); all of it is an addition. */
export const SocketAuth = Type.Object({
  token: Type.Optional(
    nullable(
      Type.String({ maxLength: 8192, description: 'an access token or API key of an agent, or a visitor token' }),
    ),
  ),
  embed_token: Type.Optional(
    nullable(Type.String({ maxLength: 200, description: 'of a web chat or mobile channel: its end user may begin' })),
  ),
  external_id,
  signature,
  display_name: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
})
export type SocketAuth = Static<typeof SocketAuth>

/** What a client may send; each takes an acknowledgement. */
export const socketCommands = {
  send_message: Type.Object(
    {
      conversation_id: Type.Optional(
        nullable({
          ...Id,
          description:
            'addition: may be left out by an end user with embed_token, whose conversation is begun if need be',
        }),
      ),
      content: Type.Optional(nullable(Caption)),
      content_type: Type.Optional(nullable(ContentType)),
      rich_media: Type.Optional(nullable({ ...RichMedia, description: 'as the content type has it' })),
      sender_type: Speaker,
      external_id,
      signature,
      client_id: Type.Optional(
        nullable(
          Type.String({
            pattern: '^[!-~]{1,200}$',
            description: 'addition: sent again with the same one, it is the same message',
          }),
        ),
      ),
    },
    { description: 'Send a message. `content` may be empty where rich media speaks for itself.' },
  ),
  claim_conversation: Type.Object({ conversation_id }, { description: 'Take an unassigned conversation (agents).' }),
  join_conversation: Type.Object(
    { conversation_id, external_id, signature, after },
    {
      description:
        'Get what is said in a conversation. With `after`, first what was missed. Acknowledged when that has been sent.',
    },
  ),
  leave_conversation: Type.Object({ conversation_id }, { description: 'Get no more of it.' }),
  join_queue: Type.Object(
    {
      after: Type.Optional(
        nullable({ ...Position, description: 'addition: the last `position` of the queue that the client has' }),
      ),
    },
    {
      description: "Get what happens in all conversations of the organization (agents). No payload, or the addition's.",
    },
  ),
  join_org_presence: Type.Object(
    {},
    { description: 'Get which agents come and go; first, those who are there (agents). No payload.' },
  ),
  user_typing: Type.Object(
    {
      conversation_id,
      sender_type: Speaker,
      is_typing: Type.Optional(Type.Boolean({ description: 'addition: false when one has stopped', default: true })),
    },
    { description: 'Tell the other side that one types. Forgotten after 5 s unless it is said again.' },
  ),
  mark_read: Type.Object(
    { conversation_id, message_ids: Type.Array(Id, { minItems: 1, maxItems: 1000 }) },
    { description: 'Mark messages of the other side as read.' },
  ),
} as const
export type SocketCommandName = keyof typeof socketCommands
export type SocketCommand = {
  [N in SocketCommandName]: { name: N; payload: Static<(typeof socketCommands)[N]> }
}[SocketCommandName]

const revision = Type.Integer({ minimum: 0, description: 'addition: its place in the conversation; ascending' })
const position = { ...Position, description: 'addition: its place in the queue' }
const Sender = Type.Enum(['end_user', 'agent', 'bot'])
const { id, session_id, sender_type, sender_id, content_type, content, rich_media, created_at, files } = {
  ...EndUserMessage.properties,
  session_id: Id,
}

/** What the server sends: one payload each. */
export const socketEvents = {
  message_received: exactly(
    {
      id,
      conversation_id,
      session_id,
      sender_type,
      sender_id,
      content_type,
      content,
      rich_media,
      created_at,
      files: { ...files, description: 'addition: what was uploaded with it' },
      revision,
    },
    { description: 'To a conversation: a message, once each, in order.' },
  ),
  messages_read: exactly(
    {
      conversation_id,
      message_ids: Type.Array(Id),
      reader_type: Speaker,
      reader_id: Type.String({ description: 'external_id of an end user, id of an agent' }),
      revision,
    },
    { description: 'To a conversation: one side has read what the other wrote.' },
  ),
  conversation_updated: Type.Union(
    [
      exactly({
        conversation_id,
        sender_type: Sender,
        content_type: ContentType,
        content: Type.String({ description: 'the first 200 characters' }),
        position,
      }),
      exactly({
        conversation_id,
        status: Type.Enum(['open', 'resolved']),
        assigned_to: Type.Optional(Type.Null({ description: 'nobody has it any more' })),
        position,
      }),
    ],
    { description: 'To the queue: a message was sent, or the session was resolved, opened anew or given back.' },
  ),
  conversation_assigned: exactly(
    { conversation_id, assigned_to: Id, position },
    { description: 'To the queue: an agent has it now.' },
  ),
  typing_indicator: exactly(
    { conversation_id, sender_type: Sender },
    { description: 'To a conversation: somebody else types.' },
  ),
  typing_cleared: exactly(
    { conversation_id },
    { description: 'To a conversation: he types no longer; he stopped, sent his message, left, or 5 s have passed.' },
  ),
  agent_status_changed: exactly(
    { agent_id: Id, status: Type.Enum(['online', 'offline']) },
    { description: 'To those who joined the presence: an agent has come, or his last connection has gone.' },
  ),
  error: exactly({ message: Type.String() }, { description: 'To the sender alone: what he asked for is refused.' }),
} as const
export type SocketEventName = keyof typeof socketEvents
export type SocketEvent = {
  [N in SocketEventName]: { name: N; payload: Static<(typeof socketEvents)[N]> }
}[SocketEventName]

/** The acknowledgement of a command. `id`: of what it was about; of a message, or of the conversation where none was named. */
export const SocketAck = Type.Union([
  Type.Object(
    {
      ok: Type.Literal(true),
      id: Type.String(),
      conversation_id: Type.Optional(Id),
      message_id: Type.Optional(Id),
      revision: Type.Optional(Revision),
      position: Type.Optional(Position),
    },
    { additionalProperties: false },
  ),
  exactly({ ok: Type.Literal(false), message: Type.String() }),
])
export type SocketAck = Static<typeof SocketAck>
