import type { AssignConversation, UnassignConversation } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'

export function assign(state: Started, { agentId, claim = false, room }: AssignConversation): ConversationEvent[] {
  if (state.status === 'closed') throw new Rejection('conversation-closed', 'A closed conversation cannot be assigned.')
  if (state.assignedAgentId === agentId) return []
  if (claim && state.assignedAgentId !== null) {
    throw new Rejection('already-assigned', 'Another agent has this conversation already.')
  }
  if (room !== undefined && room.has >= room.of) {
    const detail = `This agent has ${room.has} of ${room.of} conversations: one has to be closed or handed over first.`
    throw new Rejection('at-capacity', detail)
  }
  return [{ type: 'ConversationAssigned', data: { agentId, sessionId: state.sessionId } }]
}

export function unassign(state: Started, { from }: UnassignConversation): ConversationEvent[] {
  const { assignedAgentId: agentId, sessionId } = state
  if (agentId === null || (from !== undefined && from !== agentId)) return []
  return [{ type: 'ConversationUnassigned', data: { agentId, sessionId } }]
}
