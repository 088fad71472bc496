import type { DeliveryStatus } from '../../../schemas/conversation/delivery.ts'
import type { ConversationEvent, FileFacts } from '../../../schemas/conversation/events.ts'
import type { Happened } from '../../../schemas/define.ts'
import { type Done, remember } from '../done.ts'

/** What is known of a message: enough to decide about it. Its words stay in the log. */
export interface MessageFacts {
  revision: number
  sessionId: string
  fromVisitor: boolean
  /** Who of the other side read it first, and when; null while nobody has. */
  read: { by: string; at: string } | null
  /** How far it has come by the channel that carries it; null where none does, or not yet. */
  delivery: DeliveryFacts | null
  createdAt: string
}

export interface DeliveryFacts {
  status: DeliveryStatus
  at: string
  error?: { code: string; why: string }
  /** What the channel calls each part that it has taken. */
  parts: ReadonlyMap<number, string>
}

/** As its start was recorded: enough to begin the run anew where that was cut off. */
export type RunningFlow = Extract<ConversationEvent, { type: 'ConversationFlowStarted' }>['data']

interface Facts {
  id: string
  workspaceId: string
  widgetId: string | null
  channelId: string | null
  contactId: string
  visitorId: string
  channel: string
  startedAt: string
  metadata: Record<string, unknown>
  sessionId: string
  sessions: number
  assignedAgentId: string | null
  /** Of the latest session. */
  openedAt: string
  firstMessageAt: string | null
  assignedAt: string | null
  tags: readonly string[]
  /** By message id, in the order in which they were sent. */
  messages: Map<string, MessageFacts>
  notes: Map<string, { revision: number; createdAt: string }>
  /** What was uploaded, by file id. */
  files: Map<string, { file: FileFacts; side: 'visitor' | 'agent' }>
  unreadCount: number
  lastMessageAt: string | null
  rating: { sessionId: string; score: number } | null
  /** The chat flow that answers here. */
  flow: RunningFlow | null
  updatedAt: string
  revision: number
  erased: boolean
  done: Map<string, Done>
}

export type Unstarted = { status: 'none' }
export type Active = Facts & { status: 'open' | 'pending'; closedAt: null }
export type Closed = Facts & { status: 'closed'; closedAt: string }
export type Started = Active | Closed
export type ConversationState = Unstarted | Started

export const unstarted: Unstarted = { status: 'none' }

/**
 * The state after an event. It takes over the state it is given: the maps grow in place, so that folding a conversation of n events
 * costs n steps. Believes every event; one that makes no sense here (an event before the start) changes nothing.
 */
export function evolve(state: ConversationState, event: ConversationEvent, at: Happened): ConversationState {
  if (event.type === 'ConversationStarted') return state.status === 'none' ? start(event.data, at) : state
  if (state.status === 'none') return state
  const known = { ...state, revision: at.revision, updatedAt: at.at, done: remember(state.done, at) }
  switch (event.type) {
    case 'MessageSent': {
      const { messageId, sessionId, senderType } = event.data
      const createdAt = event.data.occurredAt ?? at.at
      const fromVisitor = senderType === 'visitor'
      known.messages.set(messageId, {
        revision: at.revision,
        sessionId,
        fromVisitor,
        read: null,
        delivery: null,
        createdAt,
      })
      return {
        ...known,
        unreadCount: known.unreadCount + (fromVisitor ? 1 : 0),
        firstMessageAt: known.firstMessageAt ?? createdAt,
        lastMessageAt: createdAt,
      }
    }
    case 'MessagesRead': {
      for (const id of event.data.messageIds) {
        const message = known.messages.get(id)
        if (message) known.messages.set(id, { ...message, read: { by: event.data.readerId, at: at.at } })
      }
      return { ...known, unreadCount: event.data.unreadCount }
    }
    case 'MessageRelayed': {
      const { messageId, part, externalId } = event.data
      const message = known.messages.get(messageId)
      if (message === undefined) return known
      const parts = new Map(message.delivery?.parts).set(part, externalId)
      known.messages.set(messageId, { ...message, delivery: { status: 'sent', at: at.at, parts } })
      return known
    }
    case 'MessageDelivered':
    case 'MessageUndeliverable': {
      const message = known.messages.get(event.data.messageId)
      if (message === undefined) return known
      known.messages.set(event.data.messageId, { ...message, delivery: settled(message.delivery, event, at) })
      return known
    }
    case 'ConversationAssigned':
      return { ...known, assignedAgentId: event.data.agentId, assignedAt: at.at }
    case 'ConversationUnassigned':
      return { ...known, assignedAgentId: null, assignedAt: null }
    case 'ConversationTagged':
      return { ...known, tags: known.tags.includes(event.data.tag) ? known.tags : [...known.tags, event.data.tag] }
    case 'ConversationUntagged':
      return { ...known, tags: known.tags.filter((tag) => tag !== event.data.tag) }
    case 'ConversationParked':
      return known.status === 'closed' ? known : { ...known, status: 'pending' }
    case 'ConversationResumed':
      return known.status === 'closed' ? known : { ...known, status: 'open' }
    case 'ConversationClosed':
      return { ...known, status: 'closed', closedAt: event.data.occurredAt ?? at.at }
    case 'ConversationReopened':
      return {
        ...known,
        status: 'open',
        closedAt: null,
        sessionId: event.data.sessionId,
        sessions: known.sessions + 1,
        assignedAgentId: null,
        openedAt: event.data.occurredAt ?? at.at,
        firstMessageAt: null,
        assignedAt: null,
      }
    case 'ConversationFlowStarted':
      return { ...known, flow: event.data }
    case 'ConversationFlowEnded':
      return { ...known, flow: null }
    case 'NoteAdded':
      known.notes.set(event.data.noteId, { revision: at.revision, createdAt: at.at })
      return known
    case 'FileUploaded': {
      const { fileId: id, filename, size, mimeType, side } = event.data
      known.files.set(id, { file: { id, filename, size, mimeType }, side })
      return known
    }
    case 'ConversationErased':
      for (const [id, { delivery, ...message }] of known.messages) {
        if (delivery !== null) known.messages.set(id, { ...message, delivery: { ...delivery, parts: new Map() } })
      }
      return { ...known, metadata: {}, files: new Map(), erased: true }
    case 'ConversationRated':
      return { ...known, rating: { sessionId: event.data.sessionId, score: event.data.score } }
    default:
      event satisfies never
      return state
  }
}

function settled(
  before: DeliveryFacts | null,
  event: Extract<ConversationEvent, { type: 'MessageDelivered' | 'MessageUndeliverable' }>,
  { at }: Happened,
): DeliveryFacts {
  const parts = before?.parts ?? new Map<number, string>()
  if (event.type === 'MessageDelivered') return { status: event.data.status, at: event.data.at, parts }
  const { code, why } = event.data
  return { status: 'failed', at, error: { code, why }, parts }
}

type StartedData = Extract<ConversationEvent, { type: 'ConversationStarted' }>['data']

function start(data: StartedData, at: Happened): Active {
  return {
    status: 'open',
    id: data.conversationId,
    workspaceId: at.workspaceId,
    widgetId: data.widgetId,
    channelId: data.channelId ?? null,
    contactId: data.contactId,
    visitorId: data.visitorId,
    channel: data.channel,
    startedAt: data.occurredAt ?? at.at,
    closedAt: null,
    metadata: data.metadata,
    sessionId: data.sessionId,
    sessions: 1,
    assignedAgentId: null,
    openedAt: data.occurredAt ?? at.at,
    firstMessageAt: null,
    assignedAt: null,
    tags: [],
    messages: new Map(),
    notes: new Map(),
    files: new Map(),
    unreadCount: 0,
    lastMessageAt: null,
    rating: null,
    flow: null,
    updatedAt: at.at,
    revision: at.revision,
    erased: false,
    done: remember(new Map(), at),
  }
}
