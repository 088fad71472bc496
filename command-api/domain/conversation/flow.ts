import type { EndFlow, StartFlow } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'

/** At most one flow answers in a conversation: this stream decides which. */
export function startFlow(state: Started, command: StartFlow): ConversationEvent[] {
  const { type: _, unlessAssigned, ...started } = command
  if (state.flow?.runId === command.runId) return []
  if (state.status === 'closed') {
    throw new Rejection('conversation-closed', 'A flow cannot start in a closed conversation.')
  }
  if (state.flow !== null) throw new Rejection('flow-running', 'Another flow is under way in this conversation.')
  if (unlessAssigned && state.assignedAgentId !== null) {
    throw new Rejection('already-assigned', 'An agent has this conversation already.')
  }
  return [{ type: 'ConversationFlowStarted', data: { ...started, sessionId: state.sessionId } }]
}

export function endFlow(state: Started, { runId, outcome }: EndFlow): ConversationEvent[] {
  if (state.flow === null || state.flow.runId !== runId) return []
  const { flowId, sessionId } = state.flow
  return [{ type: 'ConversationFlowEnded', data: { runId, flowId, outcome, sessionId } }]
}
