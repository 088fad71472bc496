import Type from 'typebox'
import { ListedConversation, Message } from '../conversation/resource.ts'
import { exactly, Id, nullable } from '../fields.ts'
import { route } from '../route.ts'

export const Listings = Type.Array(ListedConversation)
export const Thread = exactly({ data: Type.Array(Message) })

const Names = Type.Record(Type.String(), nullable(Type.String()), {
  description: 'names by id; unknown ids are left out',
})
export const NamesAnswer = exactly({ contacts: Names, agents: Names })

const Ids = Type.String({ maxLength: 8000, pattern: '^[0-9a-f-]*(,[0-9a-f-]+)*$', description: 'ids, by comma' })
const tag = 'Internal'

/** Reads that only the dialects need; served by query-api to services that name the workspace, or have found out that the caller may. */
export const dialectReads = {
  conversations: route({
    service: 'query-api',
    method: 'GET',
    path: '/internal/conversations',
    access: 'system',
    tag,
    summary: 'List conversations with their contacts’ names, the latest activity first',
    query: exactly({
      agent: Type.Optional(
        Type.String({ pattern: '^(none|[0-9a-f-]{36})$', description: 'open ones of this agent, or of nobody' }),
      ),
      limit: Type.Integer({ minimum: 1, maximum: 100 }),
      offset: Type.Integer({ minimum: 0, maximum: 10_000 }),
    }),
    answers: { 200: { description: 'the conversations', schema: Listings } },
    rejections: ['projection-behind'],
  }),
  thread: route({
    service: 'query-api',
    method: 'GET',
    path: '/internal/conversations/{id}/messages',
    access: 'system',
    tag,
    summary: 'Read any part of what was said, the oldest first unless told otherwise',
    params: exactly({ id: Id }),
    query: exactly({
      limit: Type.Integer({ minimum: 1, maximum: 10_000 }),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
      order: Type.Optional(Type.Enum(['asc', 'desc'])),
      since: Type.Optional(Type.String({ description: 'as GET /api/conversations/{id}/messages takes it' })),
      revision: Type.Optional(Type.Integer({ minimum: 0, description: 'only the message of this revision' })),
    }),
    answers: { 200: { description: 'the messages', schema: Thread } },
    rejections: ['not-found', 'projection-behind'],
  }),
  names: route({
    service: 'query-api',
    method: 'GET',
    path: '/internal/names',
    access: 'system',
    tag,
    summary: 'The names of contacts and agents, removed ones among them',
    query: exactly({ contacts: Type.Optional(Ids), agents: Type.Optional(Ids) }),
    answers: { 200: { description: 'names by id', schema: NamesAnswer } },
    rejections: ['projection-behind'],
  }),
}
