import Type from 'typebox'
import { type EventOf, event } from '../define.ts'
import { Id } from '../fields.ts'
import { type AutoAssignment, WorkspaceSettings } from './settings.ts'

/** What may have happened to a workspace. Stream `workspace-<workspaceId>`. */
export const workspaceEvents = {
  WorkspaceCreated: event(
    Type.Object({ workspaceId: Id, name: Type.String(), timeZone: Type.String({ description: 'IANA name' }) }),
  ),
  WorkspaceSettingsChanged: event(
    Type.Object({ workspaceId: Id, changes: Type.Partial(Type.Object(WorkspaceSettings.properties)) }),
  ),
}

export type WorkspaceEvent = EventOf<typeof workspaceEvents>

export type WorkspaceCommand =
  | { type: 'CreateWorkspace'; workspaceId: string; name: string; timeZone: string }
  | { type: 'ChangeWorkspaceSettings'; changes: WorkspaceChanges }

/** What is left out stays as it is, within autoAssignment too. */
export type WorkspaceChanges = Partial<Omit<WorkspaceSettings, 'autoAssignment'>> & {
  autoAssignment?: Partial<AutoAssignment>
}
