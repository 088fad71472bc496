import type { AutomationFacts, AutomationTrigger, skipReasons } from '../../../schemas/automation/events.ts'
import { maxDepth } from '../../../schemas/cause.ts'
import { holds } from '../conditions/evaluate.ts'
import type { Facts } from '../facts.ts'

export interface Occasion {
  trigger: AutomationTrigger
  /** Automatic causes behind the event. */
  depth: number
  /** Events of the conversation since a person did something. */
  automatic: number
  /** How often the rule fired on those, and on what the person did. */
  fired: number
  /** undefined: what it was about is over, or there are no words any more. */
  facts: Facts | undefined
}

/**
 * So often one rule fires with nobody taking part. Depth alone bounds no crowd: of two rules that each answer both, ten deep, there would be a
 * thousand answers. Nor does it see a loop by way of what stands in no chain of causes, such as assigning by itself.
 */
export const maxFired = 10

/** After so many events without a person no rule fires, however many rules there are. */
export const maxAutomatic = 300

export type Verdict =
  | { fires: true; conditions: boolean[] }
  | { fires: false; conditions: boolean[]; why: (typeof skipReasons)[number] }

/** What decides whether a rule does something. */
export type Rule = Pick<AutomationFacts, 'active' | 'trigger' | 'match' | 'conditions'>

/** Whether a rule, as it is now (undefined: it is there no more), does something on this occasion. */
export function decide(rule: Rule | undefined, { trigger, depth, automatic, fired, facts }: Occasion): Verdict {
  if (rule === undefined || !rule.active || rule.trigger !== trigger || facts === undefined) {
    return { fires: false, conditions: [], why: 'gone' }
  }
  const conditions = rule.conditions.map((condition) => holds(condition, facts))
  const fits = rule.match === 'all' || conditions.length === 0 ? conditions.every(Boolean) : conditions.some(Boolean)
  if (!fits) return { fires: false, conditions, why: 'conditions' }
  // Asked last: a rule that would have done nothing is no loop.
  const isTooDeep = depth >= maxDepth || fired >= maxFired || automatic >= maxAutomatic
  if (isTooDeep) return { fires: false, conditions, why: 'too-deep' }
  return { fires: true, conditions }
}
