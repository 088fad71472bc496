import type { CloseConversation, ResumeConversation } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'
import { newTags } from './tag.ts'

export function park(state: Started): ConversationEvent[] {
  switch (state.status) {
    case 'closed':
      throw new Rejection('conversation-closed', 'A closed conversation cannot be parked: open it first.')
    case 'pending':
      return []
    case 'open':
      return [{ type: 'ConversationParked', data: { sessionId: state.sessionId } }]
  }
}

export function resume(state: Started, { newSessionId }: ResumeConversation): ConversationEvent[] {
  switch (state.status) {
    case 'open':
      return []
    case 'pending':
      return [{ type: 'ConversationResumed', data: { sessionId: state.sessionId } }]
    case 'closed':
      return [{ type: 'ConversationReopened', data: { sessionId: newSessionId, startedBy: 'agent' } }]
  }
}

/** Resolves the session; final tags may come with it (document C). */
export function close(state: Started, { tags, occurredAt }: CloseConversation): ConversationEvent[] {
  if (state.status === 'closed') throw new Rejection('already-closed', 'The conversation is already closed.')
  const data = { sessionId: state.sessionId }
  return [
    ...newTags(state, tags),
    { type: 'ConversationClosed', data: occurredAt === undefined ? data : { ...data, occurredAt } },
  ]
}
