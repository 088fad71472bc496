import { setTimeout as sleep } from 'node:timers/promises'
import { type Delivered, type EventLog, isUndecodable, LogUnavailable } from '../infra/runtime/event-store/log.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import { comparePositions, type LogPosition } from '../schemas/envelope.ts'
import type { Meters } from './meters.ts'

export interface FeedOptions {
  log: EventLog
  logger: Logger
  meters: Meters
  /** Must not wait: what is routed is in the rooms when it returns. */
  route: (event: Delivered) => void
}

const start: LogPosition = { commit: 0n, prepare: 0n }

/**
 * Tails the log, once for the whole instance, and routes each event to its rooms.
 *
 * It begins at the head that the log has before anybody may join, and not at an `end` of which nobody knows when it was taken: so what
 * is not in a stream that a joining member reads comes through the feed.
 */
export class Feed {
  readonly #options: FeedOptions
  readonly #stop = new AbortController()
  #position: LogPosition | undefined
  #following = false
  #owed: { position: LogPosition; since: number } | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Position of the last event that is in the rooms; what comes later, comes later here. */
  get position(): LogPosition {
    return this.#position ?? start
  }

  /** Whether members may join: the feed has its beginning. */
  get isStarted(): boolean {
    return this.#following
  }

  /** Resolves when the feed has its beginning, however long the log is away. */
  async start(): Promise<void> {
    const head = await this.#head()
    this.#position = head
    this.#following = true
    this.#ended = this.#follow()
  }

  /** For how long there has been something in the log that is not in the rooms, as far as it was asked; NaN while the log is away. */
  async lagSeconds(): Promise<number> {
    const head = await this.#options.log.head().catch((error: unknown) => {
      if (error instanceof LogUnavailable) return 'away' as const
      throw error
    })
    if (head === 'away') return Number.NaN
    if (this.#owed !== undefined && isBeyond(this.#owed.position, this.position)) {
      return (performance.now() - this.#owed.since) / 1000
    }
    this.#owed = head && isBeyond(head, this.position) ? { position: head, since: performance.now() } : undefined
    return 0
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#ended
  }

  async #head(): Promise<LogPosition | undefined> {
    for (;;) {
      try {
        return await this.#options.log.head()
      } catch (error) {
        this.#stop.signal.throwIfAborted()
        this.#options.logger.warn({ error }, 'the log is away')
        await sleep(500, undefined, { signal: this.#stop.signal })
      }
    }
  }

  /** `subscribe` resubscribes by itself; should it end all the same, it is begun again after the last event. */
  async #follow(): Promise<void> {
    const { log, logger, meters } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        for await (const batch of log.subscribe({ after: this.#position, maxBatch: 512, signal })) {
          for (const event of batch.events) this.#route(event)
        }
        if (!signal.aborted) throw new Error('the subscription has ended')
      } catch (error) {
        if (signal.aborted) return
        meters.feedFailures.inc()
        logger.error({ error }, 'the feed broke off; it goes on after the last event')
        await sleep(200)
      }
    }
  }

  /** An event that cannot be routed leaves a gap, which its room finds and fills from the stream. */
  #route(event: Delivered): void {
    const { route, logger, meters } = this.#options
    this.#position = event.position
    try {
      route(event)
    } catch (error) {
      logger.error({ error, stream: event.stream, revision: event.revision }, 'an event could not be routed')
    }
    if (isUndecodable(event)) meters.undecodable.inc()
    else meters.feedDelay.observe(Math.max(0, Date.now() - Date.parse(event.meta.at)) / 1000)
  }
}

function isBeyond(a: LogPosition, b: LogPosition): boolean {
  return comparePositions(a, b) > 0
}
