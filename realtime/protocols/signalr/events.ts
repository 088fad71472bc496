import { messageOf, messageSent } from '../../../projectors/messages/fold.ts'
import { type ConversationEvent, conversationEvents } from '../../../schemas/conversation/events.ts'
import { utc } from '../../../schemas/event-time.ts'
import type { EventFrame, ServerFrame, Who } from '../../../schemas/realtime/frames.ts'
import type { HubEvent } from '../../../schemas/realtime/hub.ts'
import { streamOf } from '../../../schemas/streams.ts'
import { eventPacket, type Packet } from './packet.ts'

/** Name of an agent; empty when it is not known. */
export type NameOf = (agentId: string) => Promise<string>

/** The packet of a frame; undefined for what document A has no event for. */
export type Translate = (frame: ServerFrame) => Packet | Promise<Packet> | undefined

type TypingFrame = Extract<ServerFrame, { type: 'typing' }>

/** Makes the hub's events of the core's frames, once for all who get the same frame. */
export function createTranslation(nameOf: NameOf): Translate {
  const known = new WeakMap<ServerFrame, ReturnType<Translate>>()
  return (frame) => {
    if (known.has(frame)) return known.get(frame)
    const packet = translated(frame, nameOf)
    known.set(frame, packet)
    return packet
  }
}

function translated(frame: ServerFrame, nameOf: NameOf): ReturnType<Translate> {
  if (frame.type === 'typing') return packetOf(typing(frame))
  if (frame.type !== 'event') return undefined
  const event = happening(frame, nameOf)
  if (event instanceof Promise) return event.then(packetOf)
  return event && packetOf(event)
}

const packetOf = ({ name, payload }: HubEvent) => eventPacket(name, payload)

function happening({ room, revision, event }: EventFrame, nameOf: NameOf): HubEvent | Promise<HubEvent> | undefined {
  // Those who may see less than the log has are shown all that is used here (realtime/visibility.ts).
  if (!isConversationEvent(event)) return undefined
  const { at } = event
  const conversationId = conversationOf(room)
  switch (event.type) {
    case 'MessageSent': {
      const stream = streamOf('conversation', conversationId)
      const row = messageSent({ data: event.data, revision, stream, meta: { at } })
      return { name: 'ReceiveMessage', payload: messageOf(row) }
    }
    case 'MessagesRead': {
      const { messageIds, readerId, side } = event.data
      const payload = { conversationId, messageIds, readBy: readerId, readAt: utc(at), side, revision }
      return { name: 'MessagesRead', payload }
    }
    case 'ConversationAssigned': {
      const { agentId } = event.data
      return nameOf(agentId).then((agentName) => ({
        name: 'AgentAssigned',
        payload: { agentId, agentName, conversationId, revision },
      }))
    }
    case 'ConversationClosed':
      return { name: 'ConversationClosed', payload: { conversationId, revision } }
    default:
      return undefined
  }
}

function typing({ room, who, state }: TypingFrame): HubEvent {
  const about = { senderId: who.id, conversationId: conversationOf(room) }
  if (state === 'stopped') return { name: 'TypingStopped', payload: about }
  return { name: 'TypingStarted', payload: { ...about, senderType: senderTypes[who.kind] } }
}

const senderTypes = { visitor: 'visitor', agent: 'agent', apiKey: 'bot' } as const satisfies Record<Who['kind'], string>

export function conversationOf(room: string): string {
  return room.slice(room.indexOf(':') + 1)
}

function isConversationEvent<E extends { type: string; data: unknown }>(event: E): event is E & ConversationEvent {
  return Object.hasOwn(conversationEvents, event.type)
}
