import { tableText } from '../../runtime/table-text.ts'
import type { Tally } from './tally.ts'

/** The tally for people. */
export function reportOf(name: string, tally: Tally): string {
  const { conversations, replies, misses, outcomes, nodes } = tally
  const share = (n: number) => `${((100 * n) / Math.max(1, conversations)).toFixed(1)} %`
  const ends = outcomes.map(({ outcome, why, conversations: n }) => [outcome, why, String(n), share(n)])
  const ways = nodes.flatMap(({ node, entered, left, stayed }) => {
    const exits = left.map(({ edge, trigger, times }) => [edge === '' ? '(the end)' : edge, trigger, String(times)])
    const rows = stayed === 0 ? exits : [...exits, ['(none)', '', String(stayed)]]
    const [first = ['', '', ''], ...others] = rows
    return [[node, String(entered), ...first], ...others.map((row) => ['', '', ...row])]
  })
  return [
    `${name}: ${conversations} conversations, ${replies} replies heard, ${misses} that matched nothing`,
    '',
    tableText(['outcome', 'why', 'conversations', 'share'], ends),
    tableText(['node', 'entered', 'left by', 'trigger', 'times'], ways),
  ].join('\n')
}
