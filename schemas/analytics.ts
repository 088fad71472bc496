import Type, { type Static, type TProperties } from 'typebox'
import { channels } from './conversation/events.ts'
import { exactly, Id, nullable, pageOf } from './fields.ts'
import { pageQuery, route } from './route.ts'

const count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description === undefined ? {} : { description }) })
const seconds = (description: string) => nullable(Type.Number({ minimum: 0, description: `${description}, seconds` }))
const n = count('how many')
const answer = <P extends TProperties>(properties: P, description?: string) =>
  exactly(properties, description === undefined ? {} : { description })

const day = Type.String({ format: 'date', description: "a day in the workspace's time zone" })
const instant = (description: string) => Type.String({ format: 'date-time', description })

const BySender = answer(
  { visitor: count(), agent: count(), ai: count(), bot: count(), system: count() },
  'messages by who sent them; notes do not count',
)
const Mean = (description: string) => answer({ mean: seconds('null without any'), n }, description)
const Spread = (description: string) =>
  answer(
    {
      mean: seconds('null without any'),
      p50: seconds('median, within 1 %'),
      p90: seconds('the time that 9 of 10 keep, within 1 %'),
      n,
    },
    description,
  )

const definitions = {
  firstResponse:
    'first visitor message of a session to the first message by a human agent; sessions that an agent began are left out',
  automaticResponse: 'the same to the first message by a bot or AI, where that comes before any human',
  reply: 'earliest unanswered visitor message to the next message by a human agent',
  resolution: 'session opened to resolved',
}
const means = {
  firstResponse: Mean(definitions.firstResponse),
  reply: Mean(definitions.reply),
  resolution: Mean(definitions.resolution),
}
const csat = {
  average: nullable(Type.Number({ minimum: 1, maximum: 5, description: 'two decimals; null without any' })),
  n,
}
const Csat = answer(csat, 'ratings of sessions, 1 to 5')
const sessions = { started: count('sessions opened'), resolved: count('sessions resolved') }

export const AnalyticsDay = answer({ date: day, ...sessions, messages: BySender })
export type AnalyticsDay = Static<typeof AnalyticsDay>

const traffic = { ...sessions, messages: BySender, ...means, csat: Csat }
const name = nullable(Type.String({ description: 'null where it is not known any more' }))

export const AgentFigures = answer({
  agentId: Type.String({ description: 'as the sender of imported messages says, where they are of another system' }),
  name,
  messages: count('messages sent'),
  resolved: count('sessions resolved while they were assigned to the agent'),
  ...means,
  csat: Csat,
})
export type AgentFigures = Static<typeof AgentFigures>

export const ChannelFigures = answer({ channel: Type.String(), ...traffic })
export type ChannelFigures = Static<typeof ChannelFigures>

export const SourceFigures = answer({
  sourceId: nullable(Type.String({ description: 'the widget or the channel; null for what came through neither' })),
  channel: Type.String({ description: 'its type' }),
  name,
  ...traffic,
})
export type SourceFigures = Static<typeof SourceFigures>

export const TagFigures = answer({
  tag: Type.String(),
  resolved: count('sessions that bore it when they were resolved'),
  resolution: means.resolution,
})
export type TagFigures = Static<typeof TagFigures>

/** GET /api/analytics (document D; metrics of DESIGN.md section 9). */
export const Analytics = answer({
  days: Type.Integer({ minimum: 1, maximum: 365 }),
  timeZone: Type.String({ description: "the workspace's, by which days begin" }),
  from: instant('midnight before the first day'),
  to: instant('midnight after today: what claims to happen later is left out'),
  totals: answer({ ...sessions, active: count('sessions open or pending now'), messages: BySender }),
  series: Type.Array(AnalyticsDay, { description: 'one entry a day, the oldest first, those without anything too' }),
  firstResponse: Spread(definitions.firstResponse),
  automaticResponse: Mean(definitions.automaticResponse),
  reply: Mean(definitions.reply),
  resolution: Spread(definitions.resolution),
  byAgent: Type.Array(AgentFigures, { description: 'most messages first, at most 500' }),
  byChannel: Type.Array(ChannelFigures, { description: 'by type; most sessions first' }),
  bySource: Type.Array(SourceFigures, { description: 'by widget or channel; most sessions first, at most 500' }),
  byTag: Type.Array(TagFigures, { description: 'most sessions first, at most 500' }),
  csat: answer(
    {
      ...csat,
      scores: answer({ 1: n, 2: n, 3: n, 4: n, 5: n }),
    },
    'ratings of sessions, 1 to 5, by the time of the rating',
  ),
  heatmap: Type.Array(Type.Array(count(), { minItems: 24, maxItems: 24 }), {
    minItems: 7,
    maxItems: 7,
    description: "visitor messages by weekday, Monday first, and hour of the day on the workspace's clocks",
  }),
})
export type Analytics = Static<typeof Analytics>

export const analyticsTables = ['series', 'agents', 'channels', 'sources', 'tags', 'heatmap'] as const
export type AnalyticsTable = (typeof analyticsTables)[number]

export const drillFigures = ['started', 'resolved', 'messages', 'firstResponse', 'rating'] as const
export type DrillFigure = (typeof drillFigures)[number]

/** What a figure rests on. */
export const FigureEvent = answer({
  eventId: nullable(Id),
  conversationId: Id,
  sessionId: nullable(Id),
  at: instant('event time; of messages, the quarter of an hour of the first of the day'),
  agentId: nullable(
    Type.String({ description: 'whose it is in the figures by agent; of messages, the one that is asked for' }),
  ),
  value: nullable(
    Type.Number({ description: 'seconds to the first response or the resolution, the score, or how many messages' }),
  ),
})
export type FigureEvent = Static<typeof FigureEvent>

/** Analytics (document D); served by query-api. */
export const analyticsQueries = {
  analytics: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/analytics',
    access: 'agent',
    scope: 'read',
    tag: 'Analytics',
    summary: 'Get the figures of the last days',
    description:
      "Days are those of the workspace's time zone, today included. A figure belongs to the time at which the event happened that completes it. " +
      'Durations are seconds. `format=csv` gives one of the tables as text/csv with a line of names, durations as their means.',
    query: exactly({
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365, default: 30 })),
      format: Type.Optional(Type.Enum(['json', 'csv'], { default: 'json' })),
      table: Type.Optional(Type.Enum(analyticsTables, { default: 'series', description: 'which one, as CSV' })),
    }),
    answers: { 200: { description: 'the figures', schema: Analytics, type: 'text/csv' } },
    rejections: ['projection-behind'],
  }),
  events: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/analytics/events',
    access: 'agent',
    scope: 'read',
    tag: 'Analytics',
    summary: 'List the events that a figure of one day rests on, the oldest first',
    description: 'Messages are listed by conversation: `GET /api/conversations/{id}/history` has their events.',
    query: exactly({
      ...pageQuery(50),
      figure: Type.Enum(drillFigures),
      date: day,
      agentId: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'of this agent alone' })),
      channel: Type.Optional(Type.Enum(channels, { description: 'of this channel type alone' })),
    }),
    answers: { 200: { description: 'a page', schema: pageOf(FigureEvent) } },
    rejections: ['projection-behind'],
  }),
}
