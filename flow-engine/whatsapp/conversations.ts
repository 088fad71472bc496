import { LRUCache } from 'lru-cache'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { Recorded, RecordedEach } from '../../schemas/envelope.ts'

const kept = 100_000

/** Which conversations are held by WhatsApp, and on which channel: that never changes. */
export class WhatsappConversations {
  readonly #log: Pick<EventLog, 'readStream'>
  readonly #known = new LRUCache<string, string>({ max: kept })

  constructor(log: Pick<EventLog, 'readStream'>) {
    this.#log = log
  }

  /** The channel's id; undefined for a conversation that is held elsewhere. */
  async channelOf(stream: string): Promise<string | undefined> {
    const known = this.#known.get(stream)
    if (known !== undefined) return known === '' ? undefined : known
    const start = await startOf(this.#log, stream)
    const channelId = start?.data.channel === 'whatsapp' ? (start.data.channelId ?? undefined) : undefined
    if (start !== undefined) this.#known.set(stream, channelId ?? '')
    return channelId
  }
}

type Start = RecordedEach<Extract<ConversationEvent, { type: 'ConversationStarted' }>>
const isStart = (event: Recorded): event is Start => event.type === 'ConversationStarted'

/** The first event of a conversation. */
export async function startOf(log: Pick<EventLog, 'readStream'>, stream: string): Promise<Start | undefined> {
  for await (const event of log.readStream(stream, { max: 1 })) return isStart(event) ? event : undefined
  return undefined
}
