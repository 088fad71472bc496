import { conditionErrors } from '../../../schemas/condition.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import type { Placed } from './check.ts'
import { contentsOf, variablesSet } from './unset.ts'

/** Conditions that always come to the same: on variables that nothing sets, or with a value that their operator cannot use. */
export function conditionWarnings(placed: ReadonlyMap<string, Placed>): FieldError[] {
  const set = variablesSet(contentsOf(placed))
  return [...placed.values()].flatMap(({ node, dataPath }) => {
    if (node.type !== 'condition') return []
    const { field } = node.condition
    const isUnset = field.startsWith('variables.') && !set.has(field)
    const unset = { path: `${dataPath}/field`, message: `field: ${field} is set by nothing in the flow` }
    return [...(isUnset ? [unset] : []), ...conditionErrors(node.condition, dataPath)]
  })
}
