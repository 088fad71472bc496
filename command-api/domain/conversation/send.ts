import type { SendMessage } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'
import { filesNamed } from './file.ts'

/**
 * A person's message to a closed conversation opens a new session (documents B and C); what answers by itself may not wake one.
 * A visitor's message brings a parked conversation back.
 */
export function send(state: Started, command: SendMessage): ConversationEvent[] {
  if (state.messages.has(command.messageId)) return []
  const { sender } = command
  const before = wake(state, command)
  const files = filesNamed(state, command)
  const message: ConversationEvent = {
    type: 'MessageSent',
    data: {
      messageId: command.messageId,
      sessionId: state.status === 'closed' ? command.newSessionId : state.sessionId,
      senderType: sender.type,
      senderId: sender.id,
      contentType: command.contentType,
      content: command.content,
      ...(command.richMedia === undefined ? {} : { richMedia: command.richMedia }),
      ...(files.length === 0 ? {} : { files }),
      ...(command.replyValue === undefined ? {} : { replyValue: command.replyValue }),
      ...(command.whatsappTemplate === undefined ? {} : { whatsappTemplate: command.whatsappTemplate }),
      ...(command.occurredAt === undefined ? {} : { occurredAt: command.occurredAt }),
    },
  }
  return [...before, message]
}

function wake(state: Started, { sender, newSessionId, occurredAt }: SendMessage): ConversationEvent[] {
  if (state.status === 'pending' && sender.type === 'visitor') {
    return [{ type: 'ConversationResumed', data: { sessionId: state.sessionId } }]
  }
  if (state.status !== 'closed') return []
  if (sender.type !== 'visitor' && sender.type !== 'agent') {
    throw new Rejection(
      'conversation-closed',
      'The conversation is closed: only a visitor or an agent can open it again.',
    )
  }
  const data = { sessionId: newSessionId, startedBy: sender.type }
  return [{ type: 'ConversationReopened', data: occurredAt === undefined ? data : { ...data, occurredAt } }]
}
