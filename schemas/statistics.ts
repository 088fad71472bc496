import Type, { type Static } from 'typebox'
import { route } from './route.ts'

const minutes = 'minutes, one decimal; the mean over the last 30 days in the workspace’s time zone, today included'

/** GET /api/admin/conversations/stats (document A; metrics of DESIGN.md section 9). */
export const ConversationStats = Type.Object(
  {
    totalConversations: Type.Integer({ description: 'conversations ever started' }),
    activeConversations: Type.Integer({ description: 'sessions open or pending now' }),
    todayConversations: Type.Integer({ description: "sessions opened since midnight in the workspace's time zone" }),
    avgConversationDuration: Type.Number({
      description: `first event of a session to its last resolution, over sessions resolved in the window: ${minutes}`,
    }),
    conversationTrend: Type.Number({
      description: 'sessions opened in the last 30 days against the 30 before, percent, one decimal',
    }),
  },
  { additionalProperties: false },
)
export type ConversationStats = Static<typeof ConversationStats>

/** GET /api/admin/messages/stats (document A). Notes do not count. */
export const MessageStats = Type.Object(
  {
    totalMessages: Type.Integer({ description: 'messages ever sent, by anybody' }),
    todayMessages: Type.Integer({ description: "messages since midnight in the workspace's time zone" }),
    avgResponseTime: Type.Number({
      description: `earliest unanswered visitor message to the next message by a human agent: ${minutes}`,
    }),
    messageTrend: Type.Number({
      description: 'messages of the last 30 days against the 30 before, percent, one decimal',
    }),
  },
  { additionalProperties: false },
)
export type MessageStats = Static<typeof MessageStats>

export const statisticsQueries = {
  conversations: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/admin/conversations/stats',
    access: 'admin',
    scope: 'read',
    tag: 'Admin',
    summary: 'Conversation statistics of the workspace',
    answers: { 200: { description: 'the figures', schema: ConversationStats } },
    rejections: ['projection-behind'],
  }),
  messages: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/admin/messages/stats',
    access: 'admin',
    scope: 'read',
    tag: 'Admin',
    summary: 'Message statistics of the workspace',
    answers: { 200: { description: 'the figures', schema: MessageStats } },
    rejections: ['projection-behind'],
  }),
}
