import { type ConversationEvent, conversationEvents } from '../schemas/conversation/events.ts'
import type { Actor, Recorded } from '../schemas/envelope.ts'
import type { EventBody } from '../schemas/realtime/frames.ts'

type Shown = Record<string, unknown>

/** An agent sees the whole event. */
export function agentView(recorded: Recorded): EventBody | undefined {
  return isConversationEvent(recorded) ? body(recorded, recorded.data, recorded.meta.actor) : undefined
}

/** What a visitor may see of an event of his conversation; undefined when nothing. */
export function visitorView(recorded: Recorded): EventBody | undefined {
  if (!isConversationEvent(recorded)) return undefined
  const { actor } = recorded.meta
  const data = shownToVisitor(recorded, actor)
  return data && body(recorded, data, nameless(actor))
}

/** The light form for the queue: what moves a row of an agent's list, and the first words of a message. */
export function queueView(recorded: Recorded): EventBody {
  return body(recorded, isConversationEvent(recorded) ? light(recorded) : {}, recorded.meta.actor)
}

export function isConversationEvent(recorded: Recorded): recorded is Recorded & ConversationEvent {
  return Object.hasOwn(conversationEvents, recorded.type)
}

function body({ id, type, meta }: Recorded, data: Shown, { kind, id: actorId }: Actor): EventBody {
  return { id, type, at: meta.at, actor: { kind, id: actorId }, data }
}

/** Field by field, so that a field or an event that is added later stays hidden until somebody shows it here. */
function shownToVisitor(event: ConversationEvent, actor: Actor): Shown | undefined {
  switch (event.type) {
    case 'MessageSent': {
      const { messageId, sessionId, senderType, senderId, contentType, content, ...rest } = event.data
      const { richMedia, files, occurredAt } = rest
      const optional = {
        ...(richMedia === undefined ? {} : { richMedia }),
        ...(files === undefined ? {} : { files }),
        ...(occurredAt ? { occurredAt } : {}),
      }
      return { messageId, sessionId, senderType, senderId, contentType, content, ...optional }
    }
    case 'MessagesRead': {
      // How much the agents have not read is theirs to know.
      const { messageIds, side, readerId } = event.data
      return { messageIds, side, readerId }
    }
    case 'ConversationAssigned':
    case 'ConversationUnassigned':
      return { agentId: event.data.agentId, sessionId: event.data.sessionId }
    case 'ConversationParked':
    case 'ConversationResumed':
    case 'ConversationClosed':
      return { sessionId: event.data.sessionId }
    case 'ConversationReopened':
      return { sessionId: event.data.sessionId, startedBy: event.data.startedBy }
    case 'ConversationRated': {
      if (actor.kind !== 'visitor') return undefined
      const { sessionId, score, comment } = event.data
      return { sessionId, score, ...(comment === undefined ? {} : { comment }) }
    }
    case 'ConversationStarted':
    case 'ConversationTagged':
    case 'ConversationUntagged':
    case 'ConversationFlowStarted':
    case 'ConversationFlowEnded':
    case 'NoteAdded':
    case 'FileUploaded':
    case 'MessageRelayed':
    case 'MessageDelivered':
    case 'MessageUndeliverable':
    case 'ConversationErased':
      return undefined
    default:
      event satisfies never
      return undefined
  }
}

/** The id of a key or of a service of ours means nothing to a visitor. */
function nameless({ kind, id }: Actor): Actor {
  return kind === 'apiKey' || kind === 'system' ? { kind, id: '' } : { kind, id }
}

const previewLength = 200

function light(event: ConversationEvent): Shown {
  switch (event.type) {
    case 'ConversationStarted': {
      const { sessionId, contactId, visitorId, widgetId, channel, startedBy } = event.data
      return { sessionId, contactId, visitorId, widgetId, channel, startedBy }
    }
    case 'MessageSent': {
      const { messageId, sessionId, senderType, senderId, contentType, content } = event.data
      return { messageId, sessionId, senderType, senderId, contentType, preview: content.slice(0, previewLength) }
    }
    case 'MessagesRead':
      return { side: event.data.side, unreadCount: event.data.unreadCount }
    case 'FileUploaded':
      return { fileId: event.data.fileId, side: event.data.side }
    case 'NoteAdded':
      return { noteId: event.data.noteId, sessionId: event.data.sessionId, agentId: event.data.agentId }
    case 'MessageRelayed':
      return { messageId: event.data.messageId }
    case 'ConversationRated':
      return { sessionId: event.data.sessionId, score: event.data.score }
    case 'MessageDelivered':
    case 'MessageUndeliverable':
    case 'ConversationAssigned':
    case 'ConversationUnassigned':
    case 'ConversationTagged':
    case 'ConversationUntagged':
    case 'ConversationParked':
    case 'ConversationResumed':
    case 'ConversationClosed':
    case 'ConversationReopened':
    case 'ConversationFlowStarted':
    case 'ConversationFlowEnded':
    case 'ConversationErased':
      return event.data
    default:
      event satisfies never
      return {}
  }
}
