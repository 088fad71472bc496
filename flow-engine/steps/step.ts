import type { StepResult } from '../../schemas/flow-run/events.ts'
import type { Acting } from '../actions/action.ts'
import { variablesIn } from '../domain/text/variables.ts'
import type { FactsFor } from '../flows/run-facts.ts'

/** A step whose effect is to be done: where, why, and what it may look at. */
export interface Stepping extends Acting {
  facts: FactsFor
  /** What was sent for it already, by a try of which nobody heard the end. */
  sent: { messageId: string; revision: number } | undefined
  /** There is no other try after this one. */
  isLast: boolean
}

/** What became of it, in the words of the run. */
export interface Stepped {
  result: StepResult
  variable?: { name: string; value: string }
}

export const refused = (why: string): Stepped => ({ result: { kind: 'refused', why: why.slice(0, 500) } })
export const done: Stepped = { result: { kind: 'done' } }

/** What texts have to be filled with. */
export const namesIn = (...texts: string[]): string[] => texts.flatMap(variablesIn)
