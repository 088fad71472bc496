import Type, { type Static } from 'typebox'
import { exactly, Id, Name } from '../fields.ts'
import { WorkspaceSettings } from './settings.ts'

/** POST /internal/workspaces: our own services only. */
export const CreateWorkspaceBody = exactly({
  id: Id,
  name: Name,
  timeZone: Type.Optional(Type.String({ maxLength: 64 })),
})

/** GET and POST /api/settings/workspace (document D). */
export const Workspace = Type.Object({ id: Id, ...WorkspaceSettings.properties }, { additionalProperties: false })
export type Workspace = Static<typeof Workspace>
