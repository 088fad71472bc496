import type { Facts } from '../facts.ts'
import { fill } from './fill.ts'

/** The words of a message template: a node may say what its variables stand for, in texts that hold {{facts}} themselves. */
export function wordsOfTemplate(body: string, facts: Facts, variables: Readonly<Record<string, string>>): string {
  const own = Object.fromEntries(Object.entries(variables).map(([name, text]) => [name, fill(text, facts)]))
  return fill(body, { ...facts, variables: { ...facts.variables, ...own } })
}
