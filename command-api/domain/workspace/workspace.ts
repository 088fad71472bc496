import { type WorkspaceCommand, type WorkspaceEvent, workspaceEvents } from '../../../schemas/workspace/events.ts'
import type { Decider } from '../decider.ts'

export type WorkspaceState = { status: 'none' } | { status: 'active'; id: string; name: string; timeZone: string }

/** Creating a workspace that is there changes nothing. */
export const workspace: Decider<WorkspaceState, WorkspaceCommand, WorkspaceEvent> = {
  noun: 'workspace',
  initial: { status: 'none' },
  types: workspaceEvents,
  decide(state, { type: _, ...data }) {
    return state.status === 'none' ? [{ type: 'WorkspaceCreated', data }] : []
  },
  evolve(state, event) {
    if (state.status !== 'none') return state
    return { status: 'active', id: event.data.workspaceId, name: event.data.name, timeZone: event.data.timeZone }
  },
  done: () => undefined,
}
