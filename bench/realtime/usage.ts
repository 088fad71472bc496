import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { ask } from './child.ts'

/** What a server has used of the machine. */
export interface Usage {
  /** Since it began. */
  cpuSeconds: number
  /** What it has in memory now. */
  rssBytes: number
}

export type ReadUsage = () => Promise<Usage>

/** By the metrics that a service tells. */
export function usageOfService(origin: string): ReadUsage {
  return async () => {
    const { body } = await request(`${origin}/metrics`)
    const text = await body.text()
    const read = (name: string) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN)
    return { cpuSeconds: read('process_cpu_seconds_total'), rssBytes: read('process_resident_memory_bytes') }
  }
}

export function usageOfHelper(child: ChildProcess): ReadUsage {
  return () => ask<Usage>(child, { usage: true })
}

/** What stays when a server has nothing to do: the least of some seconds, since garbage comes and goes. */
export async function memoryAtRest(read: ReadUsage): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < 8; n++) {
    least = Math.min(least, (await read()).rssBytes)
    await sleep(500)
  }
  return least
}
