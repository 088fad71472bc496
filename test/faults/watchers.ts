import { setTimeout as sleep } from 'node:timers/promises'
import type { Stack } from '../../infra/local/stack.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { streamOf } from '../../schemas/streams.ts'
import { withLog } from './truth.ts'
import { type Seen, Watcher } from './watcher.ts'

export interface Watched {
  conversations: number
  frames: number
  reconnects: number
  wrong: string[]
}

/** How long a socket may take to have what the log has, the recovery of whatever was killed included. */
const patienceMs = 60_000

/** Four agents' sockets, which watch a third of all conversations. */
export class Watchers {
  readonly #all: Watcher[]
  readonly #result: Omit<Watched, 'reconnects'> = { conversations: 0, frames: 0, wrong: [] }
  #offered = 0
  #cuts = 0

  constructor(gateway: string, token: string) {
    const url = `${gateway.replace('http', 'ws')}/realtime`
    this.#all = Array.from({ length: 4 }, () => new Watcher(url, token))
    for (const watcher of this.#all) watcher.start()
  }

  /** A conversation that has begun. */
  offer(id: string): void {
    this.#all[this.#offered++ % (this.#all.length * 3)]?.join(id)
  }

  cutOne(): void {
    this.#all[this.#cuts++ % this.#all.length]?.cut()
  }

  /** Waits until each conversation that is watched now, and is over, has arrived as it is in the log, and leaves it. */
  async check(stack: Stack): Promise<void> {
    const watched = this.#all.flatMap((watcher) => [...watcher.seen].map(([id, seen]) => ({ watcher, id, seen })))
    await withLog(stack, async (log) => {
      for (const { watcher, id, seen } of watched) {
        const expected = await eventIds(log, id)
        const deadline = Date.now() + patienceMs
        while (seen.length < expected.length && Date.now() < deadline) await sleep(20)
        this.#judge(id, seen, expected)
        watcher.leave(id)
      }
    })
  }

  async verdict(): Promise<Watched> {
    await this.stop()
    return { ...this.#result, reconnects: this.#all.reduce((sum, { reconnects }) => sum + reconnects, 0) }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((watcher) => watcher.stop()))
  }

  #judge(id: string, seen: readonly Seen[], expected: readonly string[]): void {
    this.#result.conversations++
    this.#result.frames += seen.length
    const same = seen.length === expected.length && seen.every(({ id: event }, n) => event === expected[n])
    const revisions = seen.map(({ revision }) => revision).join(' ')
    if (!same) this.#result.wrong.push(`${id}: ${expected.length} in the log, at a socket ${revisions}`)
  }
}

/** While the event store is away, it is asked again. */
async function eventIds(log: EventLog, id: string): Promise<string[]> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      const ids: string[] = []
      for await (const event of log.readStream(streamOf('conversation', id))) ids.push(event.id)
      return ids
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(200)
    }
  }
}
