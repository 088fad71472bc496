import Type from 'typebox'
import { exactly, Id, Tag } from '../fields.ts'
import { atQuery, pageQuery, route } from '../route.ts'
import { Conversation, ConversationPage, History, MessagePage, Note, PublicConversation, Status } from './resource.ts'

const tag = 'Conversations'
const byId = exactly({ id: Id })

const filters = {
  status: Type.Optional(Status),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'visitor id, or the beginning of one; `total` counts no further than 1,000',
    }),
  ),
  tag: Type.Optional(Tag),
}

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
    description:
      'Activity is the latest start, reopening or message; equals are in the order of their ids. `page` reaches the first 10,000 results, `cursor` all.',
    query: exactly({ ...pageQuery(20), ...filters }),
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
    summary: 'List conversations with every filter',
    description: 'In the order of `GET /api/conversations`; filters are joined by and.',
    query: exactly({ ...pageQuery(20), ...filters, agentId: Type.Optional(Id), widgetId: Type.Optional(Id) }),
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
    description: 'Agents of its workspace get all of it; everybody else what a visitor may see. `at` is for agents.',
    params: byId,
    query: exactly(atQuery),
    answers: { 200: { description: 'the conversation', schema: Type.Union([Conversation, PublicConversation]) } },
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
    params: byId,
    query: exactly({ ...pageQuery(50), ...atQuery }),
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
