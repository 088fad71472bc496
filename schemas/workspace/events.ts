import Type, { type Static } from 'typebox'
import { type EventOf, event } from '../define.ts'
import { exactly, Id, Name } from '../fields.ts'

/** What may have happened to a workspace. Stream `workspace-<workspaceId>`. */
export const workspaceEvents = {
  WorkspaceCreated: event(
    Type.Object({ workspaceId: Id, name: Type.String(), timeZone: Type.String({ description: 'IANA name' }) }),
  ),
}

export type WorkspaceEvent = EventOf<typeof workspaceEvents>

export type WorkspaceCommand = { type: 'CreateWorkspace'; workspaceId: string; name: string; timeZone: string }

/** POST /internal/workspaces: our own services only. */
export const CreateWorkspaceBody = exactly({
  id: Id,
  name: Name,
  timeZone: Type.Optional(Type.String({ maxLength: 64 })),
})

export const Workspace = Type.Object(
  { id: Id, name: Type.String(), timeZone: Type.String() },
  { additionalProperties: false },
)
export type Workspace = Static<typeof Workspace>
