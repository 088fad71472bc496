import type { Logger } from '../../../infra/runtime/logger.ts'
import type { RedisClient } from '../../../infra/runtime/redis.ts'
import type { Meters } from '../../meters.ts'

/** How long a connection that broke is remembered. */
const rememberedMs = 120_000
/** How often what has changed is written. */
const writeMs = 1000
/** Commands to Redis in one turn of the event loop. */
const commandsAtOnce = 200

/** By connection; undefined: it is to be forgotten. */
type Steps = Map<string, number | undefined>

/**
 * How far connections have come in their conversations, for clients that do not say so themselves when they connect again: official ones,
 * as document A shows them, keep nothing but their address. It lies in Redis, so that it holds on every instance and after one that was
 * killed; while Redis is away, such a client goes on with the present. `key` names a person in a conversation.
 */
export class Trail {
  readonly #redis: RedisClient
  readonly #logger: Logger
  readonly #meters: Meters
  #steps = new Map<string, Steps>()
  /** Those that are taken up later must not be overtaken. */
  #written: Promise<void> = Promise.resolve()
  readonly #timer: NodeJS.Timeout

  constructor(redis: RedisClient, logger: Logger, meters: Meters) {
    this.#redis = redis
    this.#logger = logger
    this.#meters = meters
    this.#timer = setInterval(() => void this.#write(), writeMs).unref()
  }

  /**
   * The least that another connection of this person is known to have received, of those that were heard of lately; undefined for none.
   * What is taken over becomes this connection's in the same moment, lest it be lost if that breaks too; another that is alive all the
   * same will be heard of again.
   */
  async takeOver(key: string, connectionId: string): Promise<number | undefined> {
    await this.#write()
    try {
      const found = Object.entries(await this.#redis.hgetall(nameOf(key)))
      const others = found.filter(([id]) => id !== connectionId).map(([id, place]) => ({ id, ...placeOf(place) }))
      const [least] = others
        .filter(({ at }) => at > Date.now() - rememberedMs)
        .sort((one, other) => one.revision - other.revision)
      if (least === undefined) return undefined
      const place = placed(least.revision)
      await this.#redis.multi().hset(nameOf(key), connectionId, place).hdel(nameOf(key), least.id).exec()
      return least.revision
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  /** The connection has received everything up to here. */
  keep(key: string, connectionId: string, revision: number): void {
    this.#stepsOf(key).set(connectionId, revision)
  }

  /** The connection has left the conversation, or its client has said goodbye. */
  forget(key: string, connectionId: string): void {
    this.#stepsOf(key).set(connectionId, undefined)
  }

  /** Writes what there is. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#write()
  }

  #stepsOf(key: string): Steps {
    const known = this.#steps.get(key)
    if (known !== undefined) return known
    const steps: Steps = new Map()
    this.#steps.set(key, steps)
    return steps
  }

  #write(): Promise<void> {
    const steps = this.#steps
    if (steps.size === 0) return this.#written
    this.#steps = new Map()
    this.#written = this.#written.then(() => this.#writeAll(steps))
    return this.#written
  }

  /** Some at a time, so that thousands of connections do not hold up each other. */
  async #writeAll(all: Map<string, Steps>): Promise<void> {
    try {
      let pipeline = this.#redis.pipeline()
      for (const [key, steps] of all) {
        const gone = [...steps].flatMap(([id, revision]) => (revision === undefined ? [id] : []))
        const kept = [...steps].flatMap(([id, revision]) => (revision === undefined ? [] : [id, placed(revision)]))
        if (gone.length > 0) pipeline.hdel(nameOf(key), ...gone)
        if (kept.length > 0) pipeline.hset(nameOf(key), ...kept).pexpire(nameOf(key), rememberedMs)
        if (pipeline.length < commandsAtOnce) continue
        await pipeline.exec()
        pipeline = this.#redis.pipeline()
      }
      await pipeline.exec()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#meters.signalFailures.inc()
    this.#logger.debug({ error }, 'how far a connection has come could not be kept')
  }
}

const nameOf = (key: string) => `parley:hub:${key}`

const placed = (revision: number) => `${revision} ${Date.now()}`

function placeOf(text: string): { revision: number; at: number } {
  const [revision, at] = text.split(' ')
  return { revision: Number(revision), at: Number(at) }
}
