import {
  type AutomationOccasionCommand,
  type AutomationOccasionEvent,
  automationOccasionEvents,
  type Verdict,
} from '../../../schemas/automation/occasion.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Decider } from '../decider.ts'

export interface OccasionRun {
  readonly automationId: string
  readonly state: 'fired' | 'ended'
  /** Of the rule, as of which its actions are done. */
  readonly revision: number
}

/** `runs`: of the rules that fired. Of the others, mostly many, nothing more is ever asked. */
export type OccasionState = { status: 'none' } | { status: 'judged'; runs: ReadonlyMap<string, OccasionRun> }

/**
 * What became of the rules that one event set off. They are judged once: whoever judges again, with rules or facts that have changed
 * meanwhile, is told what was decided before.
 */
export const automationOccasion: Decider<OccasionState, AutomationOccasionCommand, AutomationOccasionEvent> = {
  noun: 'automationOccasion',
  initial: { status: 'none' },
  types: automationOccasionEvents,
  decide(state, command) {
    switch (command.type) {
      case 'JudgeAutomations': {
        const { type: _, ...data } = command
        return state.status === 'none' ? [{ type: 'AutomationsJudged', data }] : []
      }
      case 'CarryAutomationOut': {
        const { type: _, ...result } = command
        const run = state.status === 'none' ? undefined : state.runs.get(command.runId)
        if (run === undefined) throw new Rejection('not-found', 'There is no such run of an automation.')
        const { automationId } = run
        return run.state === 'fired' ? [{ type: 'AutomationCarriedOut', data: { ...result, automationId } }] : []
      }
      default:
        return command satisfies never
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'AutomationsJudged':
        return { status: 'judged', runs: new Map(event.data.verdicts.flatMap(runsOf)) }
      case 'AutomationCarriedOut': {
        const { runId } = event.data
        const run = state.status === 'none' ? undefined : state.runs.get(runId)
        if (state.status === 'none' || run === undefined) return state
        return { ...state, runs: new Map(state.runs).set(runId, { ...run, state: 'ended' }) }
      }
      default:
        event satisfies never
        return state
    }
  },
  // A repeat changes nothing, whatever key it comes with.
  done: () => undefined,
}

function runsOf(verdict: Verdict): [string, OccasionRun][] {
  if ('why' in verdict) return []
  const { runId, automationId, revision } = verdict
  return [[runId, { automationId, state: 'fired', revision }]]
}
