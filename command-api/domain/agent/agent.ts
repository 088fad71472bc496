import { type AgentCommand, type AgentEvent, agentEvents, type Role } from '../../../schemas/agent/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

interface Facts {
  id: string
  workspaceId: string
  email: string
  name: string
  role: Role
  available: boolean
  addedAt: string
  removedAt: string | null
  done: Map<string, Done>
}

export type KnownAgent = Facts & { status: 'active' | 'removed' }
export type AgentState = { status: 'none' } | KnownAgent

export const agent: Decider<AgentState, AgentCommand, AgentEvent> = {
  noun: 'agent',
  initial: { status: 'none' },
  types: agentEvents,
  decide(state, command) {
    if (command.type === 'AddAgent') {
      const { type: _, ...data } = command
      if (state.status !== 'active') return [{ type: 'AgentAdded', data }]
      if (state.email === command.email) return []
      throw new Rejection('already-exists', 'There is another agent with this id.')
    }
    if (state.status !== 'active') throw new Rejection('not-found', 'There is no such agent.')
    if (command.type === 'RemoveAgent') return [{ type: 'AgentRemoved', data: { agentId: state.id } }]
    if (command.type === 'ChangeAgentAvailability') {
      const { available } = command
      if (state.available === available) return []
      return [{ type: 'AgentAvailabilityChanged', data: { agentId: state.id, available } }]
    }
    return state.role === command.role
      ? []
      : [{ type: 'AgentRoleChanged', data: { agentId: state.id, role: command.role } }]
  },
  evolve(state, event, at) {
    if (event.type === 'AgentAdded') {
      const { agentId: id, email, name, role } = event.data
      // One who was removed may come back.
      const done = remember(state.status === 'none' ? new Map() : state.done, at)
      const { workspaceId, at: addedAt } = at
      return { status: 'active', id, workspaceId, email, name, role, available: true, addedAt, removedAt: null, done }
    }
    if (state.status === 'none') return state
    const done = remember(state.done, at)
    switch (event.type) {
      case 'AgentRoleChanged':
        return { ...state, done, role: event.data.role }
      case 'AgentAvailabilityChanged':
        return { ...state, done, available: event.data.available }
      case 'AgentRemoved':
        return { ...state, done, status: 'removed', removedAt: at.at }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}
