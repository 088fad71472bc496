import Type, { type Static } from 'typebox'
import { Id, nullable } from './fields.ts'
import { route } from './route.ts'
import { Widget } from './widget/events.ts'

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

const usage = {
  conversationsToday: Type.Integer({
    minimum: 0,
    description: "sessions opened through it since midnight in the workspace's time zone",
  }),
  avgResponseTime: Type.Number({
    description: `earliest unanswered visitor message to the next message by a human agent: ${minutes}; 0 without any`,
  }),
}

/** GET /api/admin/widgets/stats (document A). */
export const WidgetStats = Type.Object(
  {
    totalWidgets: Type.Integer({ minimum: 0, description: 'widgets that are not deleted' }),
    activeWidgets: Type.Integer({ minimum: 0, description: 'of these, those that are active' }),
    widgets: Type.Array(Type.Object({ widgetId: Id, name: Type.String(), ...usage }, { additionalProperties: false }), {
      description: 'the oldest first',
    }),
  },
  { additionalProperties: false },
)
export type WidgetStats = Static<typeof WidgetStats>

/** GET /api/admin/widgets (document A): a widget with its use. */
export const AdminWidget = Type.Object(
  {
    ...Widget.properties,
    conversationsTotal: Type.Integer({ minimum: 0, description: 'conversations ever started through it' }),
    ...usage,
    lastConversationAt: nullable(
      Type.String({ format: 'date-time', description: 'when the latest session was opened through it' }),
    ),
  },
  { additionalProperties: false },
)
export type AdminWidget = Static<typeof AdminWidget>

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
  widgets: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/admin/widgets/stats',
    access: 'admin',
    scope: 'read',
    tag: 'Admin',
    summary: 'Statistics of each widget',
    answers: { 200: { description: 'the figures', schema: WidgetStats } },
    rejections: ['projection-behind'],
  }),
  adminWidgets: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/admin/widgets',
    access: 'admin',
    scope: 'read',
    tag: 'Admin',
    summary: 'List widgets with their use, the oldest first',
    answers: { 200: { description: 'all of them', schema: Type.Array(AdminWidget) } },
    rejections: ['projection-behind'],
  }),
}
