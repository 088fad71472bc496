import type { SendMessage } from '../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'

type Of<Type extends ConversationEvent['type']> = Extract<ConversationEvent, { type: Type }>

const id = (n: number) => `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`
export const ids = {
  conversation: id(1),
  session: id(2),
  second: id(3),
  contact: id(4),
  widget: id(5),
  agent: id(6),
  other: id(7),
}
export const messageId = (n: number) => id(100 + n)

export const started: Of<'ConversationStarted'> = {
  type: 'ConversationStarted',
  data: {
    conversationId: ids.conversation,
    sessionId: ids.session,
    contactId: ids.contact,
    visitorId: 'visitor-1',
    widgetId: ids.widget,
    channel: 'widget',
    startedBy: 'visitor',
    metadata: { page: '/pricing' },
  },
}

export function said(
  n: number,
  senderType: SendMessage['sender']['type'] = 'visitor',
  sessionId = ids.session,
): Of<'MessageSent'> {
  const senderId = senderType === 'agent' ? ids.agent : senderType === 'visitor' ? 'visitor-1' : senderType
  const content = `message ${n}`
  return {
    type: 'MessageSent',
    data: { messageId: messageId(n), sessionId, senderType, senderId, contentType: 'text', content },
  }
}

export function say(n: number, type: SendMessage['sender']['type'] = 'visitor'): SendMessage {
  const { content, senderId } = said(n, type).data
  return {
    type: 'SendMessage',
    messageId: messageId(n),
    newSessionId: ids.second,
    sender: { type, id: senderId },
    contentType: 'text',
    content,
  }
}

export const closed: Of<'ConversationClosed'> = { type: 'ConversationClosed', data: { sessionId: ids.session } }
export const parked: Of<'ConversationParked'> = { type: 'ConversationParked', data: { sessionId: ids.session } }
export const assigned: Of<'ConversationAssigned'> = {
  type: 'ConversationAssigned',
  data: { agentId: ids.agent, sessionId: ids.session },
}
export const reopened: Of<'ConversationReopened'> = {
  type: 'ConversationReopened',
  data: { sessionId: ids.second, startedBy: 'visitor' },
}
export const tagged = (tag: string): Of<'ConversationTagged'> => ({ type: 'ConversationTagged', data: { tag } })
