import { LRUCache } from 'lru-cache'
import { type Delivered, type EventLog, isUndecodable } from '../infra/runtime/event-store/log.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import type { ChannelEvent } from '../schemas/channel/events.ts'
import type { LogPosition, Recorded } from '../schemas/envelope.ts'
import { parseStream } from '../schemas/streams.ts'
import type { WidgetEvent } from '../schemas/widget/events.ts'
import type { AccessChange, Holder } from './access.ts'
import { Facts } from './facts.ts'
import { Feed } from './feed.ts'
import { Gate } from './gate.ts'
import type { Mention } from './mention.ts'
import type { Meters } from './meters.ts'
import { Presence } from './presence.ts'
import { Rooms, roomKey } from './rooms.ts'
import { inConversation, inQueue, withheld } from './sighting.ts'
import type { Signal, Signals } from './signals.ts'
import { Typing } from './typing.ts'
import { isConversationEvent } from './visibility.ts'

export interface CoreLimits {
  /** Rooms that one session may be in. */
  maxRooms: number
  /** Events that resuming the inbox may read. */
  inboxResume: number
  /** How long an instance that says nothing is believed about who is connected to it, in milliseconds. */
  presenceMs: number
}

export interface CoreOptions {
  log: EventLog
  logger: Logger
  meters: Meters
  signals: Signals
  limits: CoreLimits
}

/** Reads of streams under way at once, and access facts kept of each kind. */
const reads = 32
const keptFacts = 20_000
const keptHeads = 20_000

/** Everything that the sessions of one instance share. Protocols are built on it, and know nothing of each other. */
export class Core {
  readonly log: EventLog
  readonly logger: Logger
  readonly meters: Meters
  readonly limits: CoreLimits
  readonly facts: Facts
  readonly conversations = new Rooms<number>()
  /** The last revision that the feed has brought, of the conversations that were busy of late, by room. */
  readonly brought = new LRUCache<string, number>({ max: keptHeads })
  readonly inboxes = new Rooms<LogPosition>()
  /** Of each workspace, those who watch its agents come and go. */
  readonly watches = new Rooms<number>()
  readonly typing: Typing
  readonly presence: Presence
  readonly gate = new Gate(reads)
  readonly sessions = new Set<Holder>()
  readonly feed: Feed
  readonly #signals: Signals
  #beat: NodeJS.Timeout | undefined

  constructor({ log, logger, meters, signals, limits }: CoreOptions) {
    this.log = log
    this.logger = logger
    this.meters = meters
    this.limits = limits
    this.#signals = signals
    this.facts = new Facts(log, keptFacts)
    const mention: Mention = (key, frame, to) => {
      this.conversations.get(key)?.mention(frame, to)
      this.inboxes.get(key)?.mention(frame, to)
      this.watches.get(key)?.mention(frame, to)
    }
    this.typing = new Typing(signals, mention)
    this.presence = new Presence(signals, mention, limits.presenceMs)
    this.feed = new Feed({ log, logger, meters, route: (event) => this.#route(event) })
    meters.watch('realtime_feed_lag_seconds', 'How long the feed has been behind the log', () => this.feed.lagSeconds())
    meters.watch('realtime_rooms', 'Rooms with members here', () => this.conversations.size + this.inboxes.size)
    meters.watch('realtime_sessions', 'Connections of clients', () => this.sessions.size)
  }

  /** Resolves when members may join. */
  async start(): Promise<void> {
    this.#signals.listen((signal) => this.#hear(signal))
    this.#beat = setInterval(() => this.presence.beat(), this.limits.presenceMs / 3).unref()
    await this.feed.start()
  }

  /** Says goodbye to everybody: the process is about to end. */
  dismiss(): void {
    for (const session of [...this.sessions]) session.close('restart')
  }

  async stop(): Promise<void> {
    clearInterval(this.#beat)
    this.typing.stop()
    await this.feed.stop()
  }

  #route(event: Delivered): void {
    if (isUndecodable(event)) {
      this.facts.changed(event.stream)
      // Nobody may see it, but those who wait for its successor must not take it for a gap.
      this.conversations.publishByName(nameOf(event.stream), () => withheld(event.revision))
      return
    }
    switch (parseStream(event.stream)?.noun) {
      case 'conversation':
        this.#routeConversation(event)
        return
      case 'agent':
      case 'widget':
      case 'channel':
        this.facts.changed(event.stream)
        this.#routeAccess(event)
        return
      default:
    }
  }

  #routeConversation(event: Recorded): void {
    const { workspaceId } = event.meta
    const key = roomKey(workspaceId, nameOf(event.stream))
    this.brought.set(key, event.revision)
    this.conversations.publish(key, () => inConversation(event))
    this.inboxes.publish(roomKey(workspaceId, 'inbox'), () => inQueue(event))
    if (isConversationEvent(event) && event.type === 'MessageSent') {
      this.typing.messageCame(key, { type: event.data.senderType, id: event.data.senderId })
    }
  }

  #routeAccess(event: Recorded): void {
    const change = accessChangeOf(event)
    if (change === undefined) return
    for (const session of [...this.sessions]) session.apply(change)
  }

  #hear(signal: Signal): void {
    switch (signal.kind) {
      case 'typing':
        this.typing.hear(signal.key, signal.who, signal.state)
        return
      case 'here':
        this.presence.hearHere(signal.key, signal.who, signal.from)
        return
      case 'gone':
        this.presence.hearGone(signal.key, signal.who, signal.from)
        return
      case 'ask':
        this.presence.hearAsk(signal.key)
        return
      default:
        signal satisfies never
    }
  }
}

/** A conversation's room is named as its stream is, with a colon. */
function nameOf(stream: string): string {
  return `conversation:${parseStream(stream)?.id ?? ''}`
}

function accessChangeOf({ type, stream, data }: Recorded): AccessChange | undefined {
  const id = parseStream(stream)?.id ?? ''
  if (type === 'AgentRemoved') return { kind: 'agent-removed', agentId: id }
  return asksForMore({ type, data }) ? { kind: 'token-required', of: id } : undefined
}

function asksForMore({ type, data }: Pick<Recorded, 'type' | 'data'>): boolean {
  if (type === 'WidgetUpdated') {
    const { changes } = data as Extract<WidgetEvent, { type: 'WidgetUpdated' }>['data']
    return changes.identityVerification === 'required'
  }
  if (type !== 'ChannelUpdated') return false
  const { config } = data as Extract<ChannelEvent, { type: 'ChannelUpdated' }>['data']
  return isObject(config) && config.identityVerification === 'required'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
