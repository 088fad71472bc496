import type { Condition } from '../../../schemas/condition.ts'
import type { Facts } from '../facts.ts'
import { equals, isIn } from './equality.ts'
import { factAt } from './fact-at.ts'
import { stands } from './order.ts'
import { plains } from './plain.ts'
import { contains, endsWith, startsWith } from './words.ts'

/**
 * Whether a condition holds. Never throws: what is missing, empty or of another kind equals, contains and exceeds nothing, so that the
 * negative of each operator holds exactly where it does not.
 */
export function holds(condition: Condition, facts: Facts): boolean {
  const value = factAt(condition.field, facts)
  const known = plains(value)
  const wanted = plains(condition.value)
  switch (condition.op) {
    case 'equals':
      return equals(known, wanted)
    case 'not_equals':
      return !equals(known, wanted)
    case 'contains':
      return contains(known, wanted, Array.isArray(value))
    case 'not_contains':
      return !contains(known, wanted, Array.isArray(value))
    case 'starts_with':
      return startsWith(known, wanted)
    case 'ends_with':
      return endsWith(known, wanted)
    case 'in':
      return isIn(known, wanted)
    case 'not_in':
      return !isIn(known, wanted)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return stands(known, condition.op, wanted)
    case 'exists':
      return exists(value)
    case 'not_exists':
      return !exists(value)
    default:
      condition.op satisfies never
      return false
  }
}

/** An empty text, list or object is as good as none. */
function exists(value: unknown): boolean {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value).length > 0
  return plains(value).length > 0
}
