import type { StartConversation } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { ConversationState } from './conversation.ts'

export function start(state: ConversationState, command: StartConversation): ConversationEvent[] {
  if (state.status !== 'none') throw new Rejection('already-exists', 'A conversation with this id already exists.')
  const { type: _, ...data } = command
  return [{ type: 'ConversationStarted', data }]
}
