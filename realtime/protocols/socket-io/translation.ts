import { messageOf, messageSent } from '../../../projectors/messages/fold.ts'
import type { ContentType } from '../../../schemas/conversation/content.ts'
import { type ConversationEvent, conversationEvents, type SenderType } from '../../../schemas/conversation/events.ts'
import { endUserMessageView, platformSenders } from '../../../schemas/dialects/platform-message.ts'
import type { EventBody, EventFrame, ServerFrame, Who } from '../../../schemas/realtime/frames.ts'
import type { SocketEvent } from '../../../schemas/realtime/socket-io.ts'
import { streamOf } from '../../../schemas/streams.ts'
import { EventPacket } from './packet.ts'

/** The packets of a frame: none for what document C has no event for. */
export type Translate = (frame: ServerFrame) => readonly EventPacket[]

/** Makes the events of document C of the core's frames, once for all who get the same frame. */
export function createTranslation(): Translate {
  const known = new WeakMap<ServerFrame, readonly EventPacket[]>()
  return (frame) => {
    const before = known.get(frame)
    if (before !== undefined) return before
    const packets = eventsOf(frame).map((event) => new EventPacket(event))
    known.set(frame, packets)
    return packets
  }
}

export function eventsOf(frame: ServerFrame): SocketEvent[] {
  switch (frame.type) {
    case 'event':
      return frame.room === 'inbox' ? inQueue(frame) : inConversation(frame)
    case 'typing': {
      const conversation_id = conversationOf(frame.room)
      if (frame.state === 'stopped') return [{ name: 'typing_cleared', payload: { conversation_id } }]
      return [{ name: 'typing_indicator', payload: { conversation_id, sender_type: typists[frame.who.kind] } }]
    }
    case 'presence':
      // Who is in a conversation or in the queue, document C does not tell.
      if (frame.room !== 'presence') return []
      return frame.changes
        .filter(({ kind }) => kind === 'agent')
        .map(({ id, state }) => ({ name: 'agent_status_changed', payload: { agent_id: id, status: state } }))
    case 'revoked':
      return [{ name: 'error', payload: { message: revocations[frame.reason] } }]
    case 'error':
      return [{ name: 'error', payload: { message: frame.message } }]
    case 'joined':
    case 'live':
    case 'left':
    case 'pong':
      return []
    default:
      frame satisfies never
      return []
  }
}

const typists = { visitor: 'end_user', agent: 'agent', apiKey: 'bot' } as const satisfies Record<Who['kind'], string>
const sides = { visitor: 'end_user', agent: 'agent' } as const

const revocations = {
  removed: 'You were removed from the organization.',
  'token-required': 'This conversation asks for more than its names now: join again with a signature or a token.',
} as const

function inConversation({ room, revision, event }: EventFrame): SocketEvent[] {
  // Those who may see less than the log has are shown all that is used here (realtime/visibility.ts).
  if (!isConversationEvent(event)) return []
  const conversation_id = conversationOf(room)
  switch (event.type) {
    case 'MessageSent': {
      const stream = streamOf('conversation', conversation_id)
      const message = messageOf(messageSent({ data: event.data, revision, stream, meta: { at: event.at } }))
      const { id, ...view } = endUserMessageView(message)
      return [
        {
          name: 'message_received',
          payload: { id, conversation_id, session_id: message.sessionId, ...view, revision },
        },
      ]
    }
    case 'MessagesRead': {
      const { messageIds: message_ids, side, readerId: reader_id } = event.data
      const payload = { conversation_id, message_ids, reader_type: sides[side], reader_id, revision }
      return [{ name: 'messages_read', payload }]
    }
    default:
      return []
  }
}

/** What the light form of the queue says of an event (realtime/visibility.ts, `queueView`). */
interface Light {
  senderType?: SenderType
  contentType?: ContentType
  preview?: string
  agentId?: string
}

/** Parked or not, a session is open in document C. */
function inQueue(frame: EventFrame): SocketEvent[] {
  if (!('position' in frame)) return []
  const { conversationId: conversation_id, position, event } = frame
  const { senderType, contentType, preview, agentId }: Light = event.data
  switch (event.type) {
    case 'MessageSent': {
      if (senderType === undefined || contentType === undefined) return []
      const about = { sender_type: platformSenders[senderType], content_type: contentType, content: preview ?? '' }
      return [{ name: 'conversation_updated', payload: { conversation_id, ...about, position } }]
    }
    case 'ConversationAssigned':
      if (agentId === undefined) return []
      return [{ name: 'conversation_assigned', payload: { conversation_id, assigned_to: agentId, position } }]
    case 'ConversationUnassigned':
      return [
        { name: 'conversation_updated', payload: { conversation_id, status: 'open', assigned_to: null, position } },
      ]
    case 'ConversationClosed':
      return [{ name: 'conversation_updated', payload: { conversation_id, status: 'resolved', position } }]
    case 'ConversationReopened':
      return [{ name: 'conversation_updated', payload: { conversation_id, status: 'open', position } }]
    default:
      return []
  }
}

function conversationOf(room: string): string {
  return room.slice(room.indexOf(':') + 1)
}

function isConversationEvent(event: EventBody): event is EventBody & ConversationEvent {
  return Object.hasOwn(conversationEvents, event.type)
}
