import Type, { type Static } from 'typebox'
import { exactly, Id, Name } from '../fields.ts'
import { Role } from './events.ts'

export const Email = Type.String({ format: 'email', maxLength: 254 })

/** POST /api/agents (document D); the id may be given where the identity store knows the person already. */
export const AddAgentBody = exactly({ id: Type.Optional(Id), email: Email, name: Name, role: Type.Optional(Role) })

export const Agent = Type.Object(
  { id: Id, workspaceId: Id, email: Type.String(), name: Type.String(), role: Role },
  { additionalProperties: false },
)
export type Agent = Static<typeof Agent>
