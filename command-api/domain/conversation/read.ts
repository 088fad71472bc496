import type { ReadMessages } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { MessageFacts, Started } from './conversation.ts'

/** Agents may mark any message as read, a visitor those of the other side. What was read stays read. */
export function read(state: Started, command: ReadMessages): ConversationEvent[] {
  const { side, readerId } = command
  const ids = command.messageIds === 'all' ? otherSide(state, side) : [...new Set(command.messageIds)]
  const newly = ids.filter((id) => {
    const message = state.messages.get(id)
    if (message === undefined) throw new Rejection('not-found', `There is no message ${id} in this conversation.`)
    return message.read === null && (side === 'agent' || !message.fromVisitor)
  })
  if (newly.length === 0) return []
  const fromVisitor = newly.filter((id) => state.messages.get(id)?.fromVisitor).length
  const unreadCount = state.unreadCount - fromVisitor
  return [{ type: 'MessagesRead', data: { messageIds: newly, side, readerId, unreadCount } }]
}

function otherSide(state: Started, side: ReadMessages['side']): string[] {
  const wanted = ([, message]: [string, MessageFacts]) =>
    message.read === null && message.fromVisitor === (side === 'agent')
  return [...state.messages].filter(wanted).map(([id]) => id)
}
