import type { ConversationEvent, SenderType } from '../../schemas/conversation/events.ts'
import type { Status } from '../../schemas/conversation/resource.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { eventTime, utc } from '../../schemas/event-time.ts'
import type { RunOutcome } from '../../schemas/flow-run/outcomes.ts'
import { conversationIdOf } from '../messages/fold.ts'

/** The latest session of a conversation, as far as the metrics of DESIGN.md section 9 need it. */
export type SessionRow = {
  readonly conversationId: string
  readonly workspaceId: string
  readonly channel: string
  /** The widget or the channel; empty for neither. */
  readonly sourceId: string
  readonly sessionId: string
  readonly status: Status
  readonly startedBy: 'visitor' | 'agent'
  /** Event time of the first event of the session. */
  readonly openedAt: string
  readonly closedAt: string | null
  /** Of the earliest visitor message that no human has answered. */
  readonly waitingSince: string | null
  /** Of the first visitor message, or of the hand-over to humans when a flow gave up. */
  readonly firstAskedAt: string | null
  /** Whether a human has answered it. */
  readonly responded: boolean
  /** Whether a bot or AI has, before any human. */
  readonly autoResponded: boolean
  /** Once it is closed: who had it then. */
  readonly assignedAgentId: string | null
  /** Of the conversation; they outlive the session. */
  readonly tags: readonly string[]
}

/** What is summed up. Durations are whole milliseconds. */
export const measures = [
  'opened',
  'resolved',
  'durationMs',
  'visitorMessages',
  'agentMessages',
  'aiMessages',
  'botMessages',
  'systemMessages',
  'replies',
  'replyMs',
  'firstResponses',
  'firstResponseMs',
  'automaticResponses',
  'automaticResponseMs',
  'rated1',
  'rated2',
  'rated3',
  'rated4',
  'rated5',
] as const
export type Measure = (typeof measures)[number]
export type Sums = Partial<Record<Measure, number>>

/** What an event adds to the figures, at its event time. */
export interface Counted {
  at: string
  by: Readonly<Sums>
  /** Whose doing it is: who sent the message, or had the session when it was resolved or rated. */
  agentId: string | null
  /** What the session bore when it was resolved. */
  tags: readonly string[]
}

type Past = RecordedEach<ConversationEvent>
type PastOf<T extends ConversationEvent['type']> = Extract<Past, { type: T }>
type Folded = { row: SessionRow; counted?: Counted }

/** The session after an event, and what the event adds. */
export function foldSession(row: SessionRow | undefined, event: Past): Folded {
  if (event.type === 'ConversationStarted') return row === undefined ? started(event) : { row }
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which never started`)
  switch (event.type) {
    case 'MessageSent':
      return spoken(row, event)
    case 'ConversationReopened':
      return reopened(row, event)
    case 'ConversationClosed':
      return closed(row, event)
    case 'ConversationRated':
      return rated(row, event)
    case 'ConversationTagged':
      return { row: row.tags.includes(event.data.tag) ? row : { ...row, tags: [...row.tags, event.data.tag] } }
    case 'ConversationUntagged':
      return { row: { ...row, tags: row.tags.filter((tag) => tag !== event.data.tag) } }
    default:
      return { row: row.status === 'closed' ? row : { ...row, ...handled(row, event) } }
  }
}

/** What changes a session for as long as it is not closed. */
function handled(row: SessionRow, event: Past): Partial<SessionRow> {
  switch (event.type) {
    case 'ConversationParked':
      return { status: 'pending' }
    case 'ConversationResumed':
      return { status: 'open' }
    case 'ConversationAssigned':
      return { assignedAgentId: event.data.agentId }
    case 'ConversationUnassigned':
      return { assignedAgentId: null }
    case 'ConversationFlowEnded':
      return handedOver(row, event)
    default:
      return {}
  }
}

/** From here on people are waited for: what the flow took of the time is not theirs. */
function handedOver(row: SessionRow, { data, meta }: PastOf<'ConversationFlowEnded'>): Partial<SessionRow> {
  if (!toHumans.includes(data.outcome) || row.responded || row.sessionId !== data.sessionId) return {}
  return { firstAskedAt: utc(meta.at) }
}
const toHumans: readonly RunOutcome[] = ['handed_over', 'timed_out', 'failed']

function started(event: PastOf<'ConversationStarted'>): Folded {
  const { channel, widgetId, channelId } = event.data
  const place = { channel, sourceId: widgetId ?? channelId ?? '', tags: [] }
  return opened({ conversationId: conversationIdOf(event), workspaceId: event.meta.workspaceId, ...place }, event)
}

function reopened(row: SessionRow, event: PastOf<'ConversationReopened'>): Folded {
  const { conversationId, workspaceId, channel, sourceId, tags } = row
  return opened({ conversationId, workspaceId, channel, sourceId, tags }, event)
}

type Place = Pick<SessionRow, 'conversationId' | 'workspaceId' | 'channel' | 'sourceId' | 'tags'>

function opened(place: Place, event: PastOf<'ConversationStarted' | 'ConversationReopened'>): Folded {
  const openedAt = eventTime(event)
  const { sessionId, startedBy } = event.data
  const row: SessionRow = {
    ...place,
    sessionId,
    status: 'open',
    startedBy,
    openedAt,
    closedAt: null,
    waitingSince: null,
    firstAskedAt: null,
    responded: false,
    autoResponded: false,
    assignedAgentId: null,
  }
  return { row, counted: { at: openedAt, by: { opened: 1 }, agentId: null, tags: none } }
}

function spoken(row: SessionRow, event: PastOf<'MessageSent'>): Folded {
  switch (event.data.senderType) {
    case 'visitor':
      return asked(row, event)
    case 'agent':
      return answered(row, event)
    case 'ai':
    case 'bot':
      return answeredItself(row, event)
    case 'system':
      return { row, counted: said(event, null) }
  }
}

function asked(row: SessionRow, event: PastOf<'MessageSent'>): Folded {
  const counted = said(event, null)
  const waitingSince = earliest(row.waitingSince, counted.at)
  const firstAskedAt = row.responded ? row.firstAskedAt : earliest(row.firstAskedAt, counted.at)
  if (waitingSince === row.waitingSince && firstAskedAt === row.firstAskedAt) return { row, counted }
  return { row: { ...row, waitingSince, firstAskedAt }, counted }
}

function answered(row: SessionRow, event: PastOf<'MessageSent'>): Folded {
  const counted = said(event, event.data.senderId)
  const { waitingSince, firstAskedAt } = row
  if (waitingSince === null && firstAskedAt === null) return { row, counted }
  const reply = waitingSince === null ? {} : { replies: 1, replyMs: between(waitingSince, counted.at) }
  const first = firstAskedAt !== null && !row.responded && row.startedBy === 'visitor'
  const response = first ? { firstResponses: 1, firstResponseMs: between(firstAskedAt, counted.at) } : {}
  return {
    row: { ...row, waitingSince: null, responded: row.responded || firstAskedAt !== null },
    counted: { ...counted, by: { agentMessages: 1, ...reply, ...response } },
  }
}

/** Bots and AI do not stop the time of humans; they have one of their own, where they come first. */
function answeredItself(row: SessionRow, event: PastOf<'MessageSent'>): Folded {
  const counted = said(event, null)
  const { firstAskedAt } = row
  if (firstAskedAt === null || row.responded || row.autoResponded || row.startedBy === 'agent') return { row, counted }
  const response = { automaticResponses: 1, automaticResponseMs: between(firstAskedAt, counted.at) }
  return { row: { ...row, autoResponded: true }, counted: { ...counted, by: { ...counted.by, ...response } } }
}

/** What a message alone adds. */
const message: Readonly<Record<SenderType, Sums>> = {
  visitor: { visitorMessages: 1 },
  agent: { agentMessages: 1 },
  ai: { aiMessages: 1 },
  bot: { botMessages: 1 },
  system: { systemMessages: 1 },
}
const none: readonly string[] = []

function said(event: PastOf<'MessageSent'>, agentId: string | null): Counted {
  return { at: eventTime(event), by: message[event.data.senderType], agentId, tags: none }
}

/** Nothing that is closed is closed again: command-api refuses it, and a reopening is a new session. */
function closed(row: SessionRow, event: PastOf<'ConversationClosed'>): Folded {
  if (row.status === 'closed') return { row }
  const closedAt = eventTime(event)
  const by = { resolved: 1, durationMs: between(row.openedAt, closedAt) }
  const counted = { at: closedAt, by, agentId: row.assignedAgentId, tags: row.tags }
  return { row: { ...row, status: 'closed', closedAt }, counted }
}

const rating = ['rated1', 'rated2', 'rated3', 'rated4', 'rated5'] as const

function rated(row: SessionRow, event: PastOf<'ConversationRated'>): Folded {
  const measure = rating[event.data.score - 1]
  if (measure === undefined) return { row }
  return { row, counted: { at: utc(event.meta.at), by: { [measure]: 1 }, agentId: row.assignedAgentId, tags: none } }
}

function earliest(known: string | null, at: string): string {
  return known !== null && known <= at ? known : at
}

/** Clocks of two machines differ, and imports state their own times: a duration is never below 0. */
function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from))
}

/** The quarter of an hour in which an instant lies, counted from 1970 UTC. Midnight begins one in every time zone of today. */
export function quarterOf(at: string): number {
  return Math.floor(Date.parse(at) / 900_000)
}

/** The day, UTC, in which a quarter of an hour lies, counted from 1970. */
export function dayOf(quarter: number): number {
  return Math.floor(quarter / 96)
}
