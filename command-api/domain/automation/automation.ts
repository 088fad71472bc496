import type { AutomationCommand } from '../../../schemas/automation/commands.ts'
import { type AutomationEvent, type AutomationFacts, automationEvents } from '../../../schemas/automation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { changesOf } from '../changes.ts'
import type { Decider } from '../decider.ts'
import { type Done, remember } from '../done.ts'

interface Known {
  id: string
  workspaceId: string
  facts: AutomationFacts
  createdAt: string
  updatedAt: string
  done: Map<string, Done>
}

export type PresentAutomation = Known & { status: 'there' }
export type AutomationState = { status: 'none' } | PresentAutomation | (Known & { status: 'deleted' })

/** A rule on what happens (document D). */
export const automation: Decider<AutomationState, AutomationCommand, AutomationEvent> = {
  noun: 'automation',
  initial: { status: 'none' },
  types: automationEvents,
  decide(state, command) {
    if (command.type === 'CreateAutomation') {
      if (state.status !== 'none') throw new Rejection('already-exists', 'There is an automation with this id.')
      return [{ type: 'AutomationCreated', data: { automationId: command.automationId, ...command.facts } }]
    }
    if (state.status !== 'there') throw new Rejection('not-found', 'There is no such automation.')
    const { id: automationId, facts } = state
    if (command.type === 'DeleteAutomation') return [{ type: 'AutomationDeleted', data: { automationId } }]
    const wanted = command.type === 'UpdateAutomation' ? command.changes : { active: command.active ?? !facts.active }
    const changes = changesOf(facts, wanted)
    return changes === undefined ? [] : [{ type: 'AutomationUpdated', data: { automationId, changes } }]
  },
  evolve(state, event, at) {
    if (event.type === 'AutomationCreated') {
      const { automationId: id, ...facts } = event.data
      const { workspaceId, at: createdAt } = at
      return {
        status: 'there',
        id,
        workspaceId,
        facts,
        createdAt,
        updatedAt: createdAt,
        done: remember(new Map(), at),
      }
    }
    if (state.status === 'none') return state
    const known = { ...state, updatedAt: at.at, done: remember(state.done, at) }
    switch (event.type) {
      case 'AutomationUpdated':
        return { ...known, facts: { ...known.facts, ...event.data.changes } }
      case 'AutomationDeleted':
        return { ...known, status: 'deleted' }
      default:
        event satisfies never
        return state
    }
  },
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}
