import { readFile } from 'node:fs/promises'
import type { ServiceName, Stack } from '../../infra/local/stack.ts'

/** Ticks of a process's clock in /proc: a hundred a second on every Linux that there is. */
const ticksASecond = 100

/** Seconds of CPU that each process of a stack has used so far; on Linux only, elsewhere nothing. */
export async function cpuOf(stack: Stack, names: readonly ServiceName[]): Promise<Map<ServiceName, number>> {
  const used = new Map<ServiceName, number>()
  for (const name of names) {
    const pid = stack.pid(name)
    const stat = pid === undefined ? undefined : await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    // The name of the command stands in brackets, and may hold spaces.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields !== undefined) used.set(name, (Number(fields[11]) + Number(fields[12])) / ticksASecond)
  }
  return used
}

/** Milliseconds of CPU that each process took for one of so many things of a kind, as notes of a figure. */
export function cpuEach(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  things: number,
  kind = 'step',
): Record<string, string> {
  const each = [...after].map(([name, seconds]) => {
    const used = (1000 * (seconds - (before.get(name) ?? 0))) / things
    return `${name} ${used.toFixed(1)}`
  })
  return each.length === 0 ? {} : { [`ms of CPU a ${kind}`]: each.join(', ') }
}
