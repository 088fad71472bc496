import type { Knex } from 'knex'
import type { DrillFigure, FigureEvent } from '../../schemas/analytics.ts'
import { utc } from '../../schemas/event-time.ts'
import { isId, isTime } from '../cursor-parts.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Day } from '../statistics/calendar.ts'
import { quarterMs } from '../statistics/sums.ts'
import { secondsOf } from './shares.ts'

/** What a figure of one day is drilled down to. */
export interface Drill {
  workspaceId: string
  figure: DrillFigure
  day: Day
  agentId: string | undefined
  channel: string | undefined
}

/** The last entry that was seen: its time, and the id that tells it from others of that time. */
export interface Place {
  at: string
  id: string
}

/** The place that a cursor of ours names. */
export function placeOf([at, id]: readonly unknown[]): Place | undefined {
  return isTime(at) && isId(id) ? { at, id } : undefined
}

export type EventPage = ReturnType<typeof pageOf<unknown, FigureEvent>>

/** The events of a day that a figure rests on, the oldest first; reads no more than the day. */
export function figureEvents(reader: Reader, drill: Drill, wanted: Wanted<Place>): Promise<EventPage> {
  return drill.figure === 'messages' ? talkPage(reader, drill, wanted) : samplePage(reader, drill, wanted)
}

interface SampleRow {
  eventId: string
  conversationId: string
  sessionId: string
  at: string
  agentId: string | null
  value: number | null
}

async function samplePage(reader: Reader, drill: Drill, { after, ...wanted }: Wanted<Place>): Promise<EventPage> {
  const { workspaceId, figure, day } = drill
  const found = reader
    .db('read.statistics_samples')
    .where({ workspace_id: workspaceId, figure: figure })
    .where('at', '>=', new Date(day.from))
    .where('at', '<', new Date(day.to))
    .modify(of, drill)
  const rows = found
    .clone()
    .modify((query) => after && query.whereRaw('(at, event_id) > (?, ?)', [after.at, after.id]))
    .select({
      eventId: 'event_id',
      conversationId: 'conversation_id',
      sessionId: 'session_id',
      at: 'at',
      agentId: 'agent_id',
      value: 'value',
    })
    .orderBy(['at', 'event_id'])
    .offset(wanted.offset)
    .limit(wanted.limit + 1)
  const { data, total } = await reader.page<SampleRow>(rows, found.clone().count())
  return pageOf(
    data,
    total,
    { after, ...wanted },
    ({ at, eventId }) => [utc(at), eventId],
    (row): FigureEvent => ({ ...row, at: utc(row.at), value: measured(figure, row.value) }),
  )
}

function measured(figure: DrillFigure, value: number | null): number | null {
  return value === null || figure === 'rating' ? value : secondsOf(value)
}

interface TalkRow {
  quarter: number
  conversationId: string
  value: number
}

/** Of messages, the conversations in which they were sent. */
async function talkPage(reader: Reader, drill: Drill, { after, ...wanted }: Wanted<Place>): Promise<EventPage> {
  const { workspaceId, day, agentId = null } = drill
  const quarterOf = (ms: number) => Math.round(ms / quarterMs)
  const found = reader
    .db('read.statistics_talk')
    .where('workspace_id', workspaceId)
    .where('quarter', '>=', quarterOf(day.from))
    .where('quarter', '<', quarterOf(day.to))
    .modify(of, drill)
  const rows = found
    .clone()
    .modify((query) => {
      if (after === undefined) return
      query.havingRaw('(min(quarter), conversation_id) > (?, ?)', [quarterOf(Date.parse(after.at)), after.id])
    })
    .select({ conversationId: 'conversation_id' })
    .min({ quarter: 'quarter' })
    .sum({ value: 'messages' })
    .groupBy('conversation_id')
    .orderBy(['quarter', 'conversationId'])
    .offset(wanted.offset)
    .limit(wanted.limit + 1)
  const { data, total } = await reader.page<TalkRow>(rows, found.clone().countDistinct('conversation_id'))
  const timeOf = (quarter: number) => new Date(quarter * quarterMs).toISOString()
  return pageOf(
    data,
    total,
    { after, ...wanted },
    ({ quarter, conversationId }) => [timeOf(quarter), conversationId],
    ({ quarter, conversationId, value }): FigureEvent => {
      return { eventId: null, conversationId, sessionId: null, at: timeOf(quarter), agentId, value }
    },
  )
}

/** Of one agent, or of one type of channel. */
function of(query: Knex.QueryBuilder, { agentId, channel }: Drill): void {
  if (agentId !== undefined) query.where('agent_id', agentId)
  if (channel !== undefined) query.where('channel', channel)
}
