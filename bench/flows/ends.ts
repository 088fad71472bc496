import type { Config } from '../../infra/runtime/config.ts'
import { parseStream } from '../../schemas/streams.ts'
import { followLog } from '../follow.ts'

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
  const answers = new Map<string, () => void>()
  let waits: Awaited | undefined
  let ends: Awaited | undefined

  const count = (awaited: Awaited | undefined, completed: boolean): void => {
    if (awaited === undefined) return
    awaited.left -= 1
    awaited.completed += completed ? 1 : 0
    if (awaited.left === 0) awaited.resolve()
  }
  const types = ['FlowRunWaiting', 'FlowRunEnded', 'MessageSent']
  const { close } = await followLog(config, types, ({ type, data, meta, stream }) => {
    if (type === 'FlowRunWaiting') count(waits, true)
    if (type === 'FlowRunEnded') count(ends, outcomeOf(data) === 'completed')
    if (type === 'MessageSent' && meta.actor.kind === 'bot') {
      const id = parseStream(stream)?.id ?? ''
      answers.get(id)?.()
      answers.delete(id)
    }
  })
  return {
    waiting: (left) => new Promise((resolve) => (waits = { left, completed: 0, resolve })),
    ended: (left) =>
      new Promise((resolve) => {
        const awaited: Awaited = { left, completed: 0, resolve: () => resolve({ completed: awaited.completed }) }
        ends = awaited
      }),
    answered: (conversationId) => new Promise((resolve) => answers.set(conversationId, resolve)),
    close,
  }
}

const outcomeOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null ? Reflect.get(data, 'outcome') : null
