import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { pause } from '../../infra/runtime/event-store/time-limit.ts'

/** Bytes that a process of Node really holds: what is left once it has collected its garbage, as it does before a snapshot. */
export interface Heaps {
  /** Has its processes take snapshots when they are told. */
  env: Record<string, string>
  live(process: { pid: number; origin: string }): Promise<number>
  close(): Promise<void>
}

export async function openHeaps(): Promise<Heaps> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-heaps-'))
  const taken = async () => (await readdir(folder)).length
  return {
    env: { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}` },
    async live({ pid, origin }) {
      const before = await taken()
      process.kill(pid, 'SIGUSR2')
      while ((await taken()) === before) await pause(50)
      // It answers nobody until the snapshot is written.
      const { body } = await request(`${origin}/metrics`)
      return Number(/^nodejs_heap_size_used_bytes(?:{[^}]*})? (\S+)/m.exec(await body.text())?.[1])
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
