import Type, { type Static } from 'typebox'
import { exactly, Id, Tag } from '../fields.ts'
import { atQuery, pageQuery, route } from '../route.ts'
import { channels } from './events.ts'
import {
  ConversationPage,
  History,
  ListedConversation,
  MessagePage,
  Note,
  PublicConversation,
  Status,
} from './resource.ts'

const tag = 'Conversations'
const byId = exactly({ id: Id })

const expand = {
  expand: Type.Optional(
    Type.Enum(['contact'], { description: 'adds `contact`: id, name, email, visitorId; to agents and keys only' }),
  ),
}

/** What lists of conversations take (documents A and D); joined by and. */
const ListQuery = exactly({
  ...pageQuery(20),
  status: Type.Optional(Status),
  channel_type: Type.Optional(Type.Enum(channels)),
  tag: Type.Optional(Tag),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'finds by the beginning of the visitor id; by the beginnings of words of the contact’s name or e-mail address, all of them; and by whole words of one message or note, all of them, without case and accents',
    }),
  ),
  assignee: Type.Optional(
    Type.String({
      pattern: '^(me|unassigned|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
      description: '`unassigned`, `me` (the agent who asks) or the id of an agent',
    }),
  ),
  agentId: Type.Optional(Id),
  widgetId: Type.Optional(Id),
  channelId: Type.Optional(Type.String({ format: 'uuid', description: 'a channel, or a widget' })),
  sort: Type.Optional(
    Type.Enum(['activity', 'waiting'], {
      description:
        '`activity`: the latest first. `waiting`: of those that nobody has and that are not closed, who waits longest first; with assignee=unassigned only',
    }),
  ),
  ...expand,
})
export type ListQuery = Static<typeof ListQuery>

const order =
  'Activity is the latest start, reopening or message; equals are in the order of their ids. `page` reaches the first 10,000 results, `cursor` all. What a search has to look for in many conversations may give a short page, which says by `totalIsExact` that there may be more, and by `nextCursor` where to go on.'

/** Reads of conversations; served by query-api. */
export const conversationQueries = {
  list: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/conversations',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'List conversations, the latest activity first',
    description: order,
    query: ListQuery,
    answers: { 200: { description: 'a page', schema: ConversationPage } },
    rejections: ['projection-behind'],
  }),
  adminList: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/admin/conversations',
    access: 'admin',
    scope: 'read',
    tag: 'Admin',
    summary: 'List conversations, for admins',
    description: `As \`GET /api/conversations\`. ${order}`,
    query: ListQuery,
    answers: { 200: { description: 'a page', schema: ConversationPage } },
    rejections: ['projection-behind'],
  }),
  get: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/conversations/{id}',
    access: 'public',
    scope: 'read',
    tag,
    summary: 'Get a conversation',
    description: `Agents of its workspace get all of it; everybody else what a visitor may see. When a signed-in agent gets it, the visitor's messages are thereby read: \`unreadCount\` is 0 in the answer. \`at\` is for agents; looking back reads nothing.`,
    params: byId,
    query: exactly({ ...atQuery, ...expand }),
    answers: { 200: { description: 'the conversation', schema: Type.Union([ListedConversation, PublicConversation]) } },
    rejections: ['not-found', 'forbidden', 'projection-behind'],
  }),
  messages: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/conversations/{id}/messages',
    access: 'public',
    scope: 'read',
    tag: 'Messages',
    summary: 'List the messages of a conversation, the oldest first',
    description:
      'In the order in which they were sent. A page with `order=desc` begins at the last message and goes back. `since` is joined with `page` and `cursor`; `total` then counts from there.',
    params: byId,
    query: exactly({
      ...pageQuery(50),
      ...atQuery,
      since: Type.Optional(
        Type.String({
          maxLength: 40,
          description:
            'only messages after this: an ISO 8601 time, or the id of a message of this conversation, so that of two in one instant none is lost or doubled',
        }),
      ),
      order: Type.Optional(Type.Enum(['asc', 'desc'])),
    }),
    answers: { 200: { description: 'a page', schema: MessagePage } },
    rejections: ['not-found', 'forbidden', 'projection-behind'],
  }),
  notes: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/conversations/{id}/notes',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'List the private notes of a conversation, the oldest first',
    params: byId,
    answers: { 200: { description: 'the notes', schema: Type.Object({ data: Type.Array(Note) }) } },
    rejections: ['not-found', 'projection-behind'],
  }),
  history: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/conversations/{id}/history',
    access: 'agent',
    scope: 'read',
    tag,
    summary: 'The auditable history: every event, from the log',
    params: byId,
    query: exactly(atQuery),
    answers: { 200: { description: 'the events up to that instant', schema: History } },
    rejections: ['not-found'],
  }),
}
