import { LRUCache } from 'lru-cache'
import { agent } from '../../command-api/domain/agent/agent.ts'
import type { Decider } from '../../command-api/domain/decider.ts'
import { workspace } from '../../command-api/domain/workspace/workspace.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { happened, type Recorded } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'

type Event = { type: string; data: unknown }

const kept = { max: 5000, ttl: 60_000 }

/** What agents and workspaces are called, at most a minute ago. */
export class Names {
  readonly #log: Pick<EventLog, 'readStream'>
  readonly #agents = new LRUCache<string, string>(kept)
  readonly #workspaces = new LRUCache<string, string>(kept)

  constructor(log: Pick<EventLog, 'readStream'>) {
    this.#log = log
  }

  /** Undefined for one whom another issuer vouches for, and whom the log does not know. */
  async agent(id: string): Promise<string | undefined> {
    const known = this.#agents.get(id)
    if (known !== undefined) return known
    const state = await this.#fold(agent, id)
    if (state.status === 'none') return undefined
    this.#agents.set(id, state.name)
    return state.name
  }

  async workspace(id: string): Promise<string> {
    const known = this.#workspaces.get(id)
    if (known !== undefined) return known
    const state = await this.#fold(workspace, id)
    const name = state.status === 'none' ? '' : state.settings.name
    this.#workspaces.set(id, name)
    return name
  }

  async #fold<S, C, E extends Event>(decider: Decider<S, C, E>, id: string): Promise<S> {
    const isOurs = (event: Recorded): event is Recorded & E => Object.hasOwn(decider.types, event.type)
    let state = decider.initial
    for await (const event of this.#log.readStream(streamOf(decider.noun, id))) {
      if (isOurs(event)) state = decider.evolve(state, event, happened(event))
    }
    return state
  }
}
