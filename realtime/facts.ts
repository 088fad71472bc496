import { LRUCache } from 'lru-cache'
import { agent } from '../command-api/domain/agent/agent.ts'
import { type ActiveChannel, channel } from '../command-api/domain/channel/channel.ts'
import type { Decider } from '../command-api/domain/decider.ts'
import { widget } from '../command-api/domain/widget/widget.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import { happened, type Recorded } from '../schemas/envelope.ts'
import { parseStream, streamOf } from '../schemas/streams.ts'
import { isConversationEvent } from './visibility.ts'

/** What never changes about a conversation. */
export interface ConversationFacts {
  workspaceId: string
  contactId: string
  visitorId: string
  widgetId: string | null
  channelId: string | null
  channel: string
}

export interface WidgetFacts {
  tokenRequired: boolean
}

export type ChannelFacts = { status: 'there' | 'deleted' } & Pick<
  ActiveChannel,
  'id' | 'workspaceId' | 'active' | 'config' | 'secrets' | 'siteKey' | 'embedTokenHash'
>

export interface AgentFacts {
  workspaceId: string
  name: string
  removed: boolean
}

/** What access depends on, folded from the log when asked for, kept in bounded caches, and dropped when the feed shows a change. */
export class Facts {
  readonly #log: EventLog
  readonly #conversations: LRUCache<string, Promise<ConversationFacts | undefined>>
  readonly #widgets: LRUCache<string, Promise<WidgetFacts | undefined>>
  readonly #agents: LRUCache<string, Promise<AgentFacts | undefined>>
  readonly #channels: LRUCache<string, Promise<ChannelFacts | undefined>>
  #epoch = 0

  constructor(log: EventLog, max: number) {
    this.#log = log
    this.#conversations = new LRUCache({ max })
    this.#widgets = new LRUCache({ max })
    this.#agents = new LRUCache({ max })
    this.#channels = new LRUCache({ max })
  }

  /** Grows with each change that access may depend on: what was decided before it has to be decided again. */
  get epoch(): number {
    return this.#epoch
  }

  conversation(id: string): Promise<ConversationFacts | undefined> {
    return cached(this.#conversations, id, async () => {
      for await (const event of this.#log.readStream(streamOf('conversation', id), { max: 1 })) {
        if (!isConversationEvent(event) || event.type !== 'ConversationStarted') continue
        const { contactId, visitorId, widgetId, channelId = null, channel } = event.data
        return { workspaceId: event.meta.workspaceId, contactId, visitorId, widgetId, channelId, channel }
      }
      return undefined
    })
  }

  widget(id: string): Promise<WidgetFacts | undefined> {
    return cached(this.#widgets, id, async () => {
      const state = await this.#fold(widget, id)
      if (state.status === 'none') return undefined
      return { tokenRequired: state.settings.identityVerification === 'required' }
    })
  }

  agent(id: string): Promise<AgentFacts | undefined> {
    return cached(this.#agents, id, async () => {
      const state = await this.#fold(agent, id)
      if (state.status === 'none') return undefined
      return { workspaceId: state.workspaceId, name: state.name, removed: state.status === 'removed' }
    })
  }

  channel(id: string): Promise<ChannelFacts | undefined> {
    return cached(this.#channels, id, async () => {
      const state = await this.#fold(channel, id)
      if (state.status === 'none') return undefined
      const { status, workspaceId, active, config, secrets, siteKey, embedTokenHash } = state
      return { id: state.id, status, workspaceId, active, config, secrets, siteKey, embedTokenHash }
    })
  }

  /** The feed has brought an event of this stream. */
  changed(stream: string): void {
    const found = parseStream(stream)
    if (found?.noun === 'widget') this.#widgets.delete(found.id)
    else if (found?.noun === 'agent') this.#agents.delete(found.id)
    else if (found?.noun === 'channel') this.#channels.delete(found.id)
    else return
    this.#epoch += 1
  }

  async #fold<State, Command, Event extends { type: string; data: unknown }>(
    decider: Decider<State, Command, Event>,
    id: string,
  ): Promise<State> {
    const isOurs = (event: Recorded): event is Recorded & Event => Object.hasOwn(decider.types, event.type)
    let state = decider.initial
    for await (const event of this.#log.readStream(streamOf(decider.noun, id))) {
      if (isOurs(event)) state = decider.evolve(state, event, happened(event))
    }
    return state
  }
}

/** Who asks while a read is under way shares it. What is not there, or could not be read, is asked for again. */
function cached<T>(
  cache: LRUCache<string, Promise<T | undefined>>,
  id: string,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const known = cache.get(id)
  if (known) return known
  const reading = read()
  cache.set(id, reading)
  const drop = () => {
    if (cache.peek(id) === reading) cache.delete(id)
  }
  reading.then((found) => found === undefined && drop(), drop)
  return reading
}
