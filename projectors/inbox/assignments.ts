import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import { type Change, put } from '../projection.ts'
import { table } from '../table.ts'
import { type ConversationRow, foldConversation } from './fold.ts'

/** When an agent was last assigned each conversation: whose turn it is, whatever has become of the conversations since. */
type AssignmentRow = {
  readonly agentId: string
  readonly conversationId: string
  readonly workspaceId: string
  readonly assignedAt: string
}

export const assignments = table<AssignmentRow>({
  name: 'assignments',
  columns: { agentId: 'uuid', conversationId: 'uuid', workspaceId: 'uuid', assignedAt: 'timestamptz' },
  key: ['agentId', 'conversationId'],
  indexes: [{ columns: ['workspace_id', 'agent_id', 'assigned_at'] }],
})

type Assigned = RecordedEach<Extract<ConversationEvent, { type: 'ConversationAssigned' }>>

export function assigned(before: ConversationRow | undefined, event: Assigned): Change<ConversationRow> {
  const row = foldConversation(before, event)
  const { id: conversationId, workspaceId } = row
  const { agentId } = event.data
  return { row, ops: [put(assignments, { agentId, conversationId, workspaceId, assignedAt: utc(event.meta.at) })] }
}
