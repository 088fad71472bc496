import type { AutomationRunCommand } from '../../../schemas/automation/commands.ts'
import {
  type AutomationAction,
  type AutomationRunEvent,
  automationRunEvents,
} from '../../../schemas/automation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Decider } from '../decider.ts'

export type AutomationRunState =
  | { status: 'none' }
  | { status: 'fired' | 'skipped' | 'finished'; automationId: string; actions: readonly AutomationAction[] }

/**
 * What became of one event that set an automation off. It is decided once: whoever decides again, with a rule or facts that have
 * changed meanwhile, is told what was decided before.
 */
export const automationRun: Decider<AutomationRunState, AutomationRunCommand, AutomationRunEvent> = {
  noun: 'automationRun',
  initial: { status: 'none' },
  types: automationRunEvents,
  decide(state, command) {
    switch (command.type) {
      case 'FireAutomation': {
        const { type: _, ...data } = command
        return state.status === 'none' ? [{ type: 'AutomationFired', data }] : []
      }
      case 'SkipAutomation': {
        const { type: _, ...data } = command
        return state.status === 'none' ? [{ type: 'AutomationSkipped', data }] : []
      }
      case 'FinishAutomation': {
        if (state.status === 'none') throw new Rejection('not-found', 'There is no such run of an automation.')
        if (state.status !== 'fired') return []
        const { runId, actions, finishedAt } = command
        return [{ type: 'AutomationFinished', data: { runId, automationId: state.automationId, actions, finishedAt } }]
      }
      default:
        return command satisfies never
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'AutomationFired':
        return { status: 'fired', automationId: event.data.automationId, actions: event.data.actions }
      case 'AutomationSkipped':
        return { status: 'skipped', automationId: event.data.automationId, actions: [] }
      case 'AutomationFinished':
        return state.status === 'none' ? state : { ...state, status: 'finished' }
      default:
        event satisfies never
        return state
    }
  },
  // A repeat changes nothing, whatever key it comes with.
  done: () => undefined,
}
