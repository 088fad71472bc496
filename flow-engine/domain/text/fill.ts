import { factAt } from '../conditions/fact-at.ts'
import type { Facts } from '../facts.ts'
import { fillText } from './variables.ts'

/** The text with what its {{…}} name put in; what is not there shows its default, or nothing. */
export function fill(text: string, facts: Facts): string {
  return fillText(text, (name) => shown(factAt(name, facts)))
}

/** JSON with every text in it filled; the names of its fields stay as they are. */
export function fillAll(value: unknown, facts: Facts): unknown {
  if (typeof value === 'string') return fill(value, facts)
  if (Array.isArray(value)) return value.map((one) => fillAll(one, facts))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fillAll(one, facts)]))
}

/** Of a list, its values in a row; of what people cannot read, nothing. */
function shown(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.flatMap((one) => shown(one) ?? []).join(', ')
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
