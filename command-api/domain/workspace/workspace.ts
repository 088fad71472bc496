import { Rejection } from '../../../schemas/rejection.ts'
import { type WorkspaceCommand, type WorkspaceEvent, workspaceEvents } from '../../../schemas/workspace/events.ts'
import { type WorkspaceSettings, workspaceDefaults } from '../../../schemas/workspace/settings.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

export type ActiveWorkspace = { status: 'active'; id: string; settings: WorkspaceSettings; done: Map<string, Done> }
export type WorkspaceState = { status: 'none' } | ActiveWorkspace

/** Creating a workspace that is there changes nothing; of its settings only those that are other ones are recorded. */
export const workspace: Decider<WorkspaceState, WorkspaceCommand, WorkspaceEvent> = {
  noun: 'workspace',
  initial: { status: 'none' },
  types: workspaceEvents,
  decide(state, command) {
    if (command.type === 'CreateWorkspace') {
      const { type: _, ...data } = command
      return state.status === 'none' ? [{ type: 'WorkspaceCreated', data }] : []
    }
    if (state.status === 'none') throw new Rejection('not-found', 'There is no such workspace.')
    const { autoAssignment, ...wanted } = command.changes
    const assigned =
      autoAssignment === undefined ? {} : { autoAssignment: { ...state.settings.autoAssignment, ...autoAssignment } }
    const changes = changesOf(state.settings, { ...wanted, ...assigned })
    if (changes === undefined) return []
    return [{ type: 'WorkspaceSettingsChanged', data: { workspaceId: state.id, changes } }]
  },
  evolve(state, event, at) {
    if (event.type === 'WorkspaceCreated') {
      if (state.status !== 'none') return state
      const { workspaceId: id, name, timeZone } = event.data
      return { status: 'active', id, settings: { name, timeZone, ...workspaceDefaults }, done: remember(new Map(), at) }
    }
    if (state.status === 'none') return state
    return { ...state, settings: { ...state.settings, ...event.data.changes }, done: remember(state.done, at) }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}
