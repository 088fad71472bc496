import { type EventLog, isUndecodable } from '../infra/runtime/event-store/log.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import type { ParleyEvent, ParleyEventType } from '../schemas/catalog.ts'
import type { Recorded, RecordedEach } from '../schemas/envelope.ts'
import type { StreamNoun } from '../schemas/streams.ts'
import type { Progress } from './progress.ts'

type RecordedOf<T extends ParleyEventType> = RecordedEach<Extract<ParleyEvent, { type: T }>>

/** What is done because something happened: once for each event or oftener, so that doing it again must do no harm. */
export type Reactions = { readonly [T in ParleyEventType]?: (event: RecordedOf<T>) => Promise<unknown> }

export interface FollowOptions {
  log: EventLog
  logger: Logger
  nouns: readonly StreamNoun[]
  reactions: Reactions
  /** Where to begin, and how far it has come. */
  progress: Progress
  signal: AbortSignal
}

/**
 * Follows the log and gives each event to its reaction, several at a time. A reaction that takes long, or never succeeds, holds nobody
 * up but whoever asks how far all is settled. Ends when the signal aborts.
 */
export async function follow(options: FollowOptions): Promise<void> {
  await Promise.race([options.progress.failed, handOut(options)])
}

async function handOut({ log, logger, nouns, reactions, progress, signal }: FollowOptions): Promise<void> {
  // A reaction gets events of the type under which it stands: the compiler has seen to that where they were declared.
  const byType = new Map(Object.entries(reactions) as [string, (event: Recorded) => Promise<unknown>][])
  const types = [...byType.keys()]
  for await (const batch of log.subscribe({ after: progress.reached, nouns, types, signal })) {
    for (const event of batch.events) {
      const { stream, revision, type } = event
      const reaction = byType.get(type)
      if (isUndecodable(event)) logger.error({ error: event.error, stream, revision, type }, 'an event cannot be read')
      else if (reaction !== undefined) await progress.begin(event.position, () => reaction(event))
      if (signal.aborted) return
    }
    progress.reach(batch.position)
  }
}
