import Type, { type Static } from 'typebox'
import { exactly, Id, nullable, Time } from '../fields.ts'
import { assignmentModes } from '../workspace/settings.ts'

/** What decides who gets the next conversation of a workspace. */
export const AssignmentSituation = exactly({
  /** Open, assigned to nobody, and of a widget or channel that assigns by itself; oldest first. */
  waiting: Type.Array(exactly({ id: Id, openedAt: Time })),
  /** All who have not been removed. */
  agents: Type.Array(
    exactly({
      id: Id,
      available: Type.Boolean(),
      load: Type.Integer({ minimum: 0, description: 'open and pending conversations' }),
      assignedAt: nullable(Type.String({ format: 'date-time', description: 'when the agent was last assigned one' })),
    }),
  ),
  /** Open or pending, and assigned to somebody who has been removed. */
  stranded: Type.Array(exactly({ id: Id, agentId: Id })),
})
export type AssignmentSituation = Static<typeof AssignmentSituation>

export const AgentLoad = exactly({ load: Type.Integer({ minimum: 0, description: 'open and pending conversations' }) })

/** What one call of POST /internal/workspaces/{id}/route has done. */
export const Routed = exactly({
  mode: Type.Enum(assignmentModes),
  assigned: Type.Array(exactly({ conversationId: Id, agentId: Id })),
  released: Type.Array(Id, { description: 'conversations taken from agents who were removed' }),
  waiting: Type.Boolean({ description: 'whether some wait still' }),
  again: Type.Boolean({ description: 'whether only the bound of a call ended it: call again' }),
})
export type Routed = Static<typeof Routed>

/** Workspaces of which something is due by itself. */
export const DueWorkspaces = exactly({
  data: Type.Array(exactly({ id: Id, mode: Type.Enum(assignmentModes), retentionDays: nullable(Type.Integer()) })),
})
