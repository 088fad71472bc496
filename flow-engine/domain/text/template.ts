import type { Facts } from '../facts.ts'
import { fill } from './fill.ts'
import { fillText } from './variables.ts'

/**
 * The words of a message template. A node may say what its variables stand for: `variables` holds texts by full name
 * (`variables.order_id`), which may show facts themselves.
 */
export function wordsOfTemplate(body: string, facts: Facts, variables: Readonly<Record<string, string>>): string {
  return fillText(body, (name) => fill(variables[name] ?? `{{${name}}}`, facts))
}
