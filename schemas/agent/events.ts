import Type from 'typebox'
import { type EventOf, event } from '../define.ts'
import { Id } from '../fields.ts'

export const roles = ['agent', 'admin'] as const
export const Role = Type.Enum(roles)
export type Role = (typeof roles)[number]

/** What may have happened to an agent. Stream `agent-<agentId>`. */
export const agentEvents = {
  AgentAdded: event(Type.Object({ agentId: Id, email: Type.String(), name: Type.String(), role: Role })),
  AgentRoleChanged: event(Type.Object({ agentId: Id, role: Role })),
  /** Whether conversations are assigned to the agent automatically; an agent who was just added is available. */
  AgentAvailabilityChanged: event(Type.Object({ agentId: Id, available: Type.Boolean() })),
  AgentRemoved: event(Type.Object({ agentId: Id })),
}

export type AgentEvent = EventOf<typeof agentEvents>

export type AgentCommand =
  | { type: 'AddAgent'; agentId: string; email: string; name: string; role: Role }
  | { type: 'ChangeAgentRole'; role: Role }
  | { type: 'ChangeAgentAvailability'; available: boolean }
  | { type: 'RemoveAgent' }
