import type { RedisClient } from '../infra/runtime/redis.ts'

/** A number in Redis that goes up by one at each look: where it is another, Redis has been emptied, or put back. */
export class RedisMark {
  readonly #redis: Pick<RedisClient, 'incr' | 'on' | 'off'>
  readonly #key: string
  readonly #doubt = () => {
    this.#mark = undefined
  }
  #mark: number | undefined

  constructor(redis: Pick<RedisClient, 'incr' | 'on' | 'off'>, key: string) {
    this.#redis = redis
    this.#key = key
    redis.on('close', this.#doubt)
  }

  /**
   * Whether Redis still has what it had at the last look. `lost`: it may have lost some of it, or was away since, or nobody has looked
   * before; `away`: it does not answer.
   */
  async look(): Promise<'kept' | 'lost' | 'away'> {
    const next = await this.#redis.incr(this.#key).catch(() => undefined)
    // As it is now: the connection may have been lost meanwhile.
    const before = this.#mark
    this.#mark = next
    if (next === undefined) return 'away'
    return before !== undefined && next === before + 1 ? 'kept' : 'lost'
  }

  close(): void {
    this.#redis.off('close', this.#doubt)
  }
}
