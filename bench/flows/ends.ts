import pg from 'pg'
import type { Config } from '../../infra/runtime/config.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import { isUndecodable } from '../../infra/runtime/event-store/log.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import { parseStream } from '../../schemas/streams.ts'

/** What runs do, as the log tells. */
export interface Ends {
  /** Until so many runs more have asked and wait for a reply. */
  waiting(count: number): Promise<void>
  /** Until so many runs more have ended; which of them as they should. */
  ended(count: number): Promise<{ completed: number }>
  /** Until a bot's message stands in this conversation that was not there before. */
  answered(conversationId: string): Promise<void>
  close(): Promise<void>
}

interface Awaited {
  left: number
  completed: number
  resolve: () => void
}

export async function followEnds(config: Config): Promise<Ends> {
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
  const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
  const stop = new AbortController()
  const answers = new Map<string, () => void>()
  let waits: Awaited | undefined
  let ends: Awaited | undefined

  const count = (awaited: Awaited | undefined, completed: boolean): void => {
    if (awaited === undefined) return
    awaited.left -= 1
    awaited.completed += completed ? 1 : 0
    if (awaited.left === 0) awaited.resolve()
  }
  const follow = async () => {
    const types = ['FlowRunWaiting', 'FlowRunEnded', 'MessageSent'] as const
    for await (const { events } of log.subscribe({ after: 'end', types: [...types], signal: stop.signal })) {
      for (const event of events) {
        if (isUndecodable(event)) throw event.error
        if (event.type === 'FlowRunWaiting') count(waits, true)
        if (event.type === 'FlowRunEnded') count(ends, outcomeOf(event.data) === 'completed')
        if (event.type === 'MessageSent' && event.meta.actor.kind === 'bot') {
          const id = parseStream(event.stream)?.id ?? ''
          answers.get(id)?.()
          answers.delete(id)
        }
      }
    }
  }
  const following = follow()
  await log.head()
  return {
    waiting: (left) => new Promise((resolve) => (waits = { left, completed: 0, resolve })),
    ended: (left) =>
      new Promise((resolve) => {
        const awaited: Awaited = { left, completed: 0, resolve: () => resolve({ completed: awaited.completed }) }
        ends = awaited
      }),
    answered: (conversationId) => new Promise((resolve) => answers.set(conversationId, resolve)),
    async close() {
      stop.abort()
      await following
      await log.close()
      await pool.end()
    },
  }
}

const outcomeOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null ? Reflect.get(data, 'outcome') : null
