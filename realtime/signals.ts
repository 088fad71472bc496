import { randomUUID } from 'node:crypto'
import Type, { type Static } from 'typebox'
import type { Logger } from '../infra/runtime/logger.ts'
import type { RedisClient } from '../infra/runtime/redis.ts'
import { checkOf } from '../schemas/validator.ts'
import type { Meters } from './meters.ts'

const Who = Type.Object({ kind: Type.Enum(['visitor', 'agent', 'apiKey']), id: Type.String() })
const about = { from: Type.String(), key: Type.String() }

/** What instances tell each other. `key` names the room and its workspace. */
const Signal = Type.Union([
  Type.Object({ ...about, kind: Type.Literal('typing'), who: Who, state: Type.Enum(['started', 'stopped']) }),
  Type.Object({ ...about, kind: Type.Literal('here'), who: Who }),
  Type.Object({ ...about, kind: Type.Literal('gone'), who: Who }),
  /** Who is in this room? Answered with `here`. */
  Type.Object({ ...about, kind: Type.Literal('ask') }),
])
export type Signal = Static<typeof Signal>
type Said<S extends Signal> = S extends Signal ? Omit<S, 'from'> : never

const channel = 'parley:realtime'
const check = checkOf(Signal)

/**
 * Typing and presence between the instances, through Redis. Nothing is stored, and nothing rests on it: while Redis is away each
 * instance knows its own sockets only, and `realtime_signal_failures_total` rises.
 */
export class Signals {
  readonly #redis: RedisClient
  readonly #listener: RedisClient
  readonly #logger: Logger
  readonly #meters: Meters
  readonly #self = randomUUID()
  #hear: (signal: Signal) => void = () => undefined

  constructor(redis: RedisClient, listener: RedisClient, logger: Logger, meters: Meters) {
    this.#redis = redis
    this.#listener = listener
    this.#logger = logger
    this.#meters = meters
  }

  /** Name of this instance among them. */
  get self(): string {
    return this.#self
  }

  /** Hears what the other instances say, from now on and again after each outage. */
  listen(hear: (signal: Signal) => void): void {
    this.#hear = hear
    this.#listener.on('message', (from, text) => {
      if (from === channel) this.#receive(text)
    })
    this.#listener.on('ready', () => this.#subscribe())
    if (this.#listener.status === 'ready') this.#subscribe()
  }

  tell(signal: Said<Signal>): void {
    const said = JSON.stringify({ ...signal, from: this.#self })
    this.#redis.publish(channel, said).catch((error: unknown) => this.#failed(error))
  }

  #subscribe(): void {
    this.#listener.subscribe(channel).catch((error: unknown) => this.#failed(error))
  }

  #receive(text: string): void {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      this.#failed(error)
      return
    }
    const signal = check(value)
    if (!signal.ok) this.#failed(signal.errors)
    else if (signal.value.from !== this.#self) this.#hear(signal.value)
  }

  #failed(error: unknown): void {
    this.#meters.signalFailures.inc()
    this.#logger.debug({ error }, 'a signal was lost')
  }
}
