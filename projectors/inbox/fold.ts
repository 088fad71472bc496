import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { Conversation, Status } from '../../schemas/conversation/resource.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { eventTime, utc } from '../../schemas/event-time.ts'

/** A conversation as the inbox lists it. */
export type ConversationRow = {
  readonly id: string
  readonly workspaceId: string
  readonly widgetId: string | null
  readonly visitorId: string
  readonly contactId: string
  readonly channelId: string | null
  readonly assignedAgentId: string | null
  readonly status: Status
  readonly channel: string
  readonly startedAt: string
  readonly closedAt: string | null
  /** JSON text. */
  readonly metadata: string
  readonly sessionId: string
  readonly tags: readonly string[]
  readonly unreadCount: number
  readonly messageCount: number
  readonly lastMessageAt: string | null
  readonly sessions: number
  /** Of the latest session. */
  readonly openedAt: string
  readonly firstMessageAt: string | null
  readonly assignedAt: string | null
  readonly rating: number | null
  readonly flowRunId: string | null
  /** The latest message, if it is a visitor's that nobody has answered: when it was sent, and by which event. What was imported waits for nobody. */
  readonly unansweredSince: string | null
  readonly unansweredEventId: string | null
  readonly unansweredRevision: number | null
  /** When the last event was appended. */
  readonly updatedAt: string
  /** Event time of the latest start, reopening or message: what lists are sorted by. */
  readonly activityAt: string
  readonly revision: number
}

type Past = RecordedEach<ConversationEvent>

/** The conversation after an event. Throws for an event of a conversation that never started: such a stream is damaged. */
export function foldConversation(row: ConversationRow | undefined, event: Past): ConversationRow {
  if (event.type === 'ConversationStarted') return row ?? started(event)
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which never started`)
  return { ...row, ...changed(row, event), updatedAt: utc(event.meta.at), revision: event.revision }
}

function changed(
  row: ConversationRow,
  event: Exclude<Past, { type: 'ConversationStarted' }>,
): Partial<ConversationRow> {
  switch (event.type) {
    case 'MessageSent': {
      const at = eventTime(event)
      return {
        messageCount: row.messageCount + 1,
        unreadCount: row.unreadCount + (event.data.senderType === 'visitor' ? 1 : 0),
        firstMessageAt: row.firstMessageAt ?? at,
        lastMessageAt: at,
        activityAt: at,
        ...unanswered(event),
      }
    }
    case 'MessagesRead':
      return { unreadCount: event.data.unreadCount }
    case 'ConversationAssigned':
      return { assignedAgentId: event.data.agentId, assignedAt: utc(event.meta.at) }
    case 'ConversationUnassigned':
      return { assignedAgentId: null, assignedAt: null }
    case 'ConversationTagged':
      return row.tags.includes(event.data.tag) ? {} : { tags: [...row.tags, event.data.tag] }
    case 'ConversationUntagged':
      return { tags: row.tags.filter((tag) => tag !== event.data.tag) }
    case 'ConversationParked':
      return row.status === 'closed' ? {} : { status: 'pending' }
    case 'ConversationResumed':
      return row.status === 'closed' ? {} : { status: 'open' }
    case 'ConversationClosed':
      return { status: 'closed', closedAt: eventTime(event) }
    case 'ConversationReopened':
      return {
        status: 'open',
        closedAt: null,
        sessionId: event.data.sessionId,
        sessions: row.sessions + 1,
        assignedAgentId: null,
        openedAt: eventTime(event),
        firstMessageAt: null,
        assignedAt: null,
        activityAt: eventTime(event),
      }
    case 'ConversationFlowStarted':
      return { flowRunId: event.data.runId }
    case 'ConversationFlowEnded':
      return { flowRunId: null }
    case 'NoteAdded':
    case 'FileUploaded':
    case 'MessageRelayed':
    case 'MessageDelivered':
    case 'MessageUndeliverable':
      return {}
    case 'ConversationErased':
      return { metadata: '{}' }
    case 'ConversationRated':
      return { rating: event.data.score }
    default:
      event satisfies never
      return {}
  }
}

const answered = { unansweredSince: null, unansweredEventId: null, unansweredRevision: null }

function unanswered({ id, revision, data, meta }: RecordedEach<Extract<ConversationEvent, { type: 'MessageSent' }>>) {
  switch (data.senderType) {
    case 'visitor':
      if (data.occurredAt !== undefined) return answered
      return { unansweredSince: utc(meta.at), unansweredEventId: id, unansweredRevision: revision }
    // That somebody joined, or the like, is no answer.
    case 'system':
      return {}
    default:
      return answered
  }
}

function started(event: RecordedEach<Extract<ConversationEvent, { type: 'ConversationStarted' }>>): ConversationRow {
  const { data, meta, revision } = event
  const startedAt = eventTime(event)
  return {
    id: data.conversationId,
    workspaceId: meta.workspaceId,
    widgetId: data.widgetId,
    visitorId: data.visitorId,
    contactId: data.contactId,
    channelId: data.channelId ?? null,
    assignedAgentId: null,
    status: 'open',
    channel: data.channel,
    startedAt,
    closedAt: null,
    metadata: JSON.stringify(data.metadata),
    sessionId: data.sessionId,
    tags: [],
    unreadCount: 0,
    messageCount: 0,
    lastMessageAt: null,
    sessions: 1,
    openedAt: startedAt,
    firstMessageAt: null,
    assignedAt: null,
    rating: null,
    flowRunId: null,
    ...answered,
    updatedAt: utc(meta.at),
    activityAt: startedAt,
    revision,
  }
}

/** A row as lists read it: without what only automations ask for. */
export type ShownRow = Omit<ConversationRow, 'unansweredSince' | 'unansweredEventId' | 'unansweredRevision'>

/** The resource that a row stands for. */
export function conversationOf(row: ShownRow & Partial<ConversationRow>): Conversation {
  const { metadata, activityAt: _a, unansweredSince: _s, unansweredEventId: _e, unansweredRevision: _r, ...shown } = row
  return { ...shown, tags: [...shown.tags], metadata: JSON.parse(metadata) }
}
