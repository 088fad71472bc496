import assert from 'node:assert/strict'
import type { WorkspaceEvent } from '../../../schemas/workspace/events.ts'
import { given, stateOf, workspaceId } from '../../testing/given.ts'
import { workspace } from './workspace.ts'

const created: WorkspaceEvent = {
  type: 'WorkspaceCreated',
  data: { workspaceId, name: 'Acme', timeZone: 'Europe/Berlin' },
}
const changed = (changes: object): WorkspaceEvent => ({
  type: 'WorkspaceSettingsChanged',
  data: { workspaceId, changes },
})

describe('a workspace', () => {
  it('is made once, however often that is asked', () => {
    const create = { type: 'CreateWorkspace', workspaceId, name: 'Acme', timeZone: 'Europe/Berlin' } as const
    given(workspace).when(create).yields(created)
    given(workspace, created).when(create).yields()
  })

  it('records only the settings that change', () => {
    const changes = { name: 'Acme', locale: 'de', businessHours: { monday: [{ from: '09:00', to: '17:00' }] } }
    given(workspace, created)
      .when({ type: 'ChangeWorkspaceSettings', changes })
      .yields(changed({ locale: 'de', businessHours: changes.businessHours }))
    given(workspace, created, changed(changes)).when({ type: 'ChangeWorkspaceSettings', changes }).yields()
  })

  it('keeps the capacity when only the mode changes', () => {
    given(workspace, created, changed({ autoAssignment: { mode: 'round_robin', capacity: 3 } }))
      .when({ type: 'ChangeWorkspaceSettings', changes: { autoAssignment: { mode: 'least_busy' } } })
      .yields(changed({ autoAssignment: { mode: 'least_busy', capacity: 3 } }))
  })

  it('has no settings before it is made', () => {
    given(workspace).when({ type: 'ChangeWorkspaceSettings', changes: {} }).refused('not-found')
  })

  it('is always open and assigns nothing by itself until it is told to', () => {
    const state = stateOf(workspace, [created])
    assert.ok(state.status === 'active')
    assert.deepEqual([state.settings.businessHours, state.settings.autoAssignment.mode], [null, 'off'])
  })
})
