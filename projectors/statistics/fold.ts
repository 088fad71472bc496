import type { ConversationEvent, SenderType } from '../../schemas/conversation/events.ts'
import type { Status } from '../../schemas/conversation/resource.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { eventTime } from '../../schemas/event-time.ts'
import { conversationIdOf } from '../messages/fold.ts'

/** The latest session of a conversation, as far as the metrics of DESIGN.md section 9 need it. */
export type SessionRow = {
  readonly conversationId: string
  readonly workspaceId: string
  readonly sessionId: string
  readonly status: Status
  readonly startedBy: 'visitor' | 'agent'
  /** Event time of the first event of the session. */
  readonly openedAt: string
  readonly closedAt: string | null
  /** Of the earliest visitor message that no human has answered. */
  readonly waitingSince: string | null
  /** Of the first visitor message. */
  readonly firstAskedAt: string | null
  /** Whether a human has answered it. */
  readonly responded: boolean
}

/** What is counted in a quarter of an hour. Durations are whole milliseconds. */
export const measures = [
  'opened',
  'resolved',
  'durationMs',
  'messages',
  'visitorMessages',
  'agentMessages',
  'aiMessages',
  'botMessages',
  'systemMessages',
  'replies',
  'replyMs',
  'firstResponses',
  'firstResponseMs',
] as const
export type Measure = (typeof measures)[number]

export interface Increment {
  at: string
  by: Partial<Record<Measure, number>>
}

type Past = RecordedEach<ConversationEvent>
type PastOf<T extends ConversationEvent['type']> = Extract<Past, { type: T }>

/** The session after an event, and what the event adds to the quarter of an hour in which it happened. */
export function foldSession(
  row: SessionRow | undefined,
  event: Past,
): { row: SessionRow; increments: readonly Increment[] } {
  if (event.type === 'ConversationStarted') return row === undefined ? opened(event) : { row, increments: [] }
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which never started`)
  switch (event.type) {
    case 'ConversationReopened':
      return opened(event)
    case 'MessageSent':
      return spoken(row, event)
    case 'ConversationClosed':
      return closed(row, event)
    case 'ConversationParked':
      return { row: row.status === 'closed' ? row : { ...row, status: 'pending' }, increments: [] }
    case 'ConversationResumed':
      return { row: row.status === 'closed' ? row : { ...row, status: 'open' }, increments: [] }
    default:
      return { row, increments: [] }
  }
}

function opened(event: PastOf<'ConversationStarted' | 'ConversationReopened'>) {
  const openedAt = eventTime(event)
  const row: SessionRow = {
    conversationId: conversationIdOf(event),
    workspaceId: event.meta.workspaceId,
    sessionId: event.data.sessionId,
    status: 'open',
    startedBy: event.data.startedBy,
    openedAt,
    closedAt: null,
    waitingSince: null,
    firstAskedAt: null,
    responded: false,
  }
  return { row, increments: [{ at: openedAt, by: { opened: 1 } }] }
}

const measureOf: Record<SenderType, Measure> = {
  visitor: 'visitorMessages',
  agent: 'agentMessages',
  ai: 'aiMessages',
  bot: 'botMessages',
  system: 'systemMessages',
}

function spoken(row: SessionRow, event: PastOf<'MessageSent'>) {
  const at = eventTime(event)
  const { senderType } = event.data
  const said: Increment = { at, by: { messages: 1, [measureOf[senderType]]: 1 } }
  if (senderType === 'visitor') {
    const waitingSince = earliest(row.waitingSince, at)
    const firstAskedAt = row.responded ? row.firstAskedAt : earliest(row.firstAskedAt, at)
    return { row: { ...row, waitingSince, firstAskedAt }, increments: [said] }
  }
  if (senderType !== 'agent') return { row, increments: [said] }
  const reply = row.waitingSince === null ? {} : { replies: 1, replyMs: between(row.waitingSince, at) }
  const first = row.responded || row.startedBy === 'agent' || row.firstAskedAt === null
  const response = first ? {} : { firstResponses: 1, firstResponseMs: between(row.firstAskedAt ?? at, at) }
  return {
    row: { ...row, waitingSince: null, responded: row.responded || row.firstAskedAt !== null },
    increments: [{ at, by: { ...said.by, ...reply, ...response } }],
  }
}

/** A session that is closed again counts once, at its last resolution. */
function closed(row: SessionRow, event: PastOf<'ConversationClosed'>) {
  const closedAt = eventTime(event)
  const resolved: Increment = { at: closedAt, by: { resolved: 1, durationMs: between(row.openedAt, closedAt) } }
  const after: SessionRow = { ...row, status: 'closed', closedAt }
  if (row.closedAt === null) return { row: after, increments: [resolved] }
  const before: Increment = {
    at: row.closedAt,
    by: { resolved: -1, durationMs: -between(row.openedAt, row.closedAt) },
  }
  return { row: after, increments: [before, resolved] }
}

function earliest(known: string | null, at: string): string {
  return known !== null && known <= at ? known : at
}

/** Clocks of two machines differ, and imports state their own times: a duration is never below 0. */
function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from))
}

/** The start of the quarter of an hour in which an instant lies. Midnight is at one in every time zone of today. */
export function quarterOf(at: string): string {
  const minute = Number(at.slice(14, 16))
  return `${at.slice(0, 14)}${String(minute - (minute % 15)).padStart(2, '0')}:00.000Z`
}
