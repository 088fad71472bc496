import type { AssignmentSituation } from '../../../schemas/assignment/resource.ts'
import type { AutoAssignment } from '../../../schemas/workspace/settings.ts'

type Waiting = AssignmentSituation['waiting'][number]
type Candidate = AssignmentSituation['agents'][number]

/** Those who wait, the oldest first; the agents, whose turn is next first. */
export interface Line {
  readonly waiting: readonly Waiting[]
  readonly agents: readonly Candidate[]
}

export interface Choice {
  readonly conversationId: string
  readonly agentId: string
}

/** It is the turn of the agent who was assigned longest ago, or never; of two, of the one with the lower id. */
export function lineUp({ waiting, agents }: Pick<AssignmentSituation, 'waiting' | 'agents'>): Line {
  return {
    waiting: [...waiting].sort((a, b) => compare(a.openedAt, b.openedAt) || compare(a.id, b.id)),
    agents: [...agents].sort((a, b) => compare(a.assignedAt ?? '', b.assignedAt ?? '') || compare(a.id, b.id)),
  }
}

/** Who gets the oldest that waits: by turn, or of the least busy by turn. Undefined when nobody waits or nobody is free. */
export function choose({ mode, capacity }: AutoAssignment, { waiting, agents }: Line): Choice | undefined {
  const [oldest] = waiting
  if (mode === 'off' || oldest === undefined) return undefined
  const free = agents.filter(({ available, load }) => available && (capacity === null || load < capacity))
  const least = Math.min(...free.map(({ load }) => load))
  const next = mode === 'round_robin' ? free[0] : free.find(({ load }) => load === least)
  return next === undefined ? undefined : { conversationId: oldest.id, agentId: next.id }
}

/** The line after a choice. What could not be assigned, since it was closed or taken meanwhile, waits no more either. */
export function after({ waiting, agents }: Line, { conversationId, agentId }: Choice, assigned: boolean): Line {
  const rest = waiting.filter(({ id }) => id !== conversationId)
  if (!assigned) return { waiting: rest, agents }
  const others = agents.filter(({ id }) => id !== agentId)
  const given = agents.filter(({ id }) => id === agentId).map((agent) => ({ ...agent, load: agent.load + 1 }))
  return { waiting: rest, agents: [...others, ...given] }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
