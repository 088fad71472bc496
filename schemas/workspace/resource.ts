import Type, { type Static } from 'typebox'
import { exactly, Id, Name } from '../fields.ts'
import { AutoAssignment, WorkspaceSettings } from './settings.ts'

/** POST /internal/workspaces: our own services only. */
export const CreateWorkspaceBody = exactly({
  id: Id,
  name: Name,
  timeZone: Type.Optional(Type.String({ maxLength: 64 })),
})

/** POST /api/settings/workspace (document D): what is left out stays as it is. */
export const WorkspaceSettingsBody = exactly({
  ...Type.Partial(WorkspaceSettings).properties,
  autoAssignment: Type.Optional(exactly(Type.Partial(AutoAssignment).properties)),
})

/** What GET and POST /api/settings/workspace answer. */
export const Workspace = Type.Object({ id: Id, ...WorkspaceSettings.properties }, { additionalProperties: false })
export type Workspace = Static<typeof Workspace>
