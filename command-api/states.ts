import { LRUCache } from 'lru-cache'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import { happened, type LogPosition, type Recorded } from '../schemas/envelope.ts'
import { streamOf } from '../schemas/streams.ts'
import type { Decider } from './domain/decider.ts'

/** A folded stream: what `handle` decides on. */
export interface Folded<State> {
  readonly state: State
  /** Revision of the last event folded; -1 for a stream that does not exist. */
  readonly revision: number
  readonly hash: string
  readonly position: LogPosition | undefined
  /** When the log last confirmed that this is the stream's end, in milliseconds of a monotonic clock. */
  readonly seenAt: number
}

type Event = { type: string; data: unknown }
type AnyDecider<S, C, E extends Event> = Decider<S, C, E>

/** Folded states by stream: an LRU bounded by the number of events in it and by what states weigh beside them, filled from the log. */
export class States {
  readonly #log: EventLog
  readonly #cache: LRUCache<string, Folded<unknown>>

  constructor(log: EventLog, maxEvents: number) {
    this.#log = log
    this.#cache = new LRUCache({ maxSize: maxEvents })
  }

  cached<S, C, E extends Event>(decider: AnyDecider<S, C, E>, id: string): Folded<S> | undefined {
    // A stream's noun belongs to one decider, so what lies under its name is that decider's state.
    return this.#cache.get(streamOf(decider.noun, id)) as Folded<S> | undefined
  }

  keep<S, C, E extends Event>(decider: AnyDecider<S, C, E>, id: string, folded: Folded<S>): void {
    if (folded.revision < 0) return
    const size = folded.revision + 2 + Math.ceil(decider.weight?.(folded.state) ?? 0)
    this.#cache.set(streamOf(decider.noun, id), folded, { size })
  }

  forget<S, C, E extends Event>(decider: AnyDecider<S, C, E>, id: string): void {
    this.#cache.delete(streamOf(decider.noun, id))
  }

  /** The state at the stream's end: the cached one with what the log has after it. */
  async fresh<S, C, E extends Event>(decider: AnyDecider<S, C, E>, id: string): Promise<Folded<S>> {
    const known = this.cached(decider, id)
    if (known) this.forget(decider, id)
    const folded = await this.#read(decider, id, known ?? empty(decider))
    this.keep(decider, id, folded)
    return folded
  }

  /** The state as it was at a revision, folded from the log apart from the cache. */
  async at<S, C, E extends Event>(decider: AnyDecider<S, C, E>, id: string, revision: number): Promise<Folded<S>> {
    return this.#read(decider, id, empty(decider), revision + 1)
  }

  async #read<S, C, E extends Event>(
    decider: AnyDecider<S, C, E>,
    id: string,
    from: Folded<S>,
    max?: number,
  ): Promise<Folded<S>> {
    const seenAt = performance.now()
    let folded: Folded<S> = { ...from, seenAt }
    const options = { from: from.revision + 1, ...(max === undefined ? {} : { max }) }
    for await (const recorded of this.#log.readStream(streamOf(decider.noun, id), options))
      folded = fold(decider, folded, recorded)
    return folded
  }
}

export function empty<S, C, E extends Event>(decider: AnyDecider<S, C, E>): Folded<S> {
  return { state: decider.initial, revision: -1, hash: '', position: undefined, seenAt: performance.now() }
}

/** The state after one more event. Takes over the state that it is given. */
export function fold<S, C, E extends Event>(
  decider: AnyDecider<S, C, E>,
  folded: Folded<S>,
  recorded: Recorded,
): Folded<S> {
  const { revision, position, meta } = recorded
  const state = isOf(decider, recorded) ? decider.evolve(folded.state, recorded, happened(recorded)) : folded.state
  return { state, revision, hash: meta.hash, position, seenAt: folded.seenAt }
}

function isOf<S, C, E extends Event>(decider: AnyDecider<S, C, E>, recorded: Recorded): recorded is Recorded & E {
  return Object.hasOwn(decider.types, recorded.type)
}
