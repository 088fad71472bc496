import Type, { type Static } from 'typebox'
import { exactly, Id, Name, nullable, Time } from '../fields.ts'
import { Role } from './events.ts'

export const Email = Type.String({ format: 'email', maxLength: 254 })

/** POST /api/agents (document D), and POST /internal/agents, where the identity store knows the person already. */
export const AddAgentBody = exactly({
  id: Type.Optional(
    Type.String({
      format: 'uuid',
      description: "the person's id in GoTrue, where GOTRUE_URL names one; else left out",
    }),
  ),
  email: Email,
  name: Name,
  role: Type.Optional(Role),
})

export const RoleBody = exactly({ role: Role })

export const AvailabilityBody = exactly({
  available: Type.Boolean({ description: 'whether conversations are assigned to the agent automatically' }),
})

const agent = {
  id: Id,
  workspaceId: Id,
  email: Type.String(),
  name: Type.String(),
  role: Role,
  available: Type.Boolean(),
  addedAt: Time,
  removedAt: nullable(Time),
}

export const Agent = Type.Object(agent, { additionalProperties: false })
export type Agent = Static<typeof Agent>

/** A link with which a person sets a password, once. */
export const PasswordLink = Type.Object(
  {
    token: Type.String({ description: 'for POST /auth/password; shown here only' }),
    url: Type.String({ description: 'a page that asks for the password; the token is in its fragment' }),
    expiresAt: Time,
  },
  { additionalProperties: false },
)
export type PasswordLink = Static<typeof PasswordLink>

export const InvitedAgent = Type.Object(
  { ...agent, invitation: nullable(PasswordLink) },
  { additionalProperties: false },
)
export type InvitedAgent = Static<typeof InvitedAgent>

export const agentStatuses = ['none', 'active', 'removed'] as const

/** What the log says of an agent's place; `none`: it has never heard of him. */
export const AgentStanding = Type.Object(
  { id: Id, workspaceId: nullable(Id), role: nullable(Role), status: Type.Enum(agentStatuses) },
  { additionalProperties: false },
)
export type AgentStanding = Static<typeof AgentStanding>
