import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type ConversationRow, conversationOf, foldConversation } from '../../projectors/inbox/fold.ts'
import { foldMessages, type MessageRow, messageOf } from '../../projectors/messages/fold.ts'
import { type ConversationEvent, conversationEvents } from '../../schemas/conversation/events.ts'
import type { Conversation, HistoryEntry, Message } from '../../schemas/conversation/resource.ts'
import type { Recorded, RecordedEach } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'
import { hadHappened, type Instant } from './instant.ts'

/** A conversation as it was: every figure folded from the log, by the folds of the projections. */
export interface Replayed {
  workspaceId: string
  conversation: Conversation
  messages: Message[]
  history: HistoryEntry[]
}

/** The conversation at an instant, the latest when it is beyond the end; undefined when it had not started by then. */
export async function replay(log: EventLog, id: string, instant?: Instant): Promise<Replayed | undefined> {
  const max = instant !== undefined && 'revision' in instant ? { max: instant.revision + 1 } : {}
  let row: ConversationRow | undefined
  let messages = new Map<string, MessageRow>()
  const history: HistoryEntry[] = []
  for await (const event of log.readStream(streamOf('conversation', id), max)) {
    // Clocks may go back: the first event after the instant ends it, whatever the ones after it say.
    if (!hadHappened(event, instant)) break
    history.push(entryOf(event))
    if (!isOurs(event)) continue
    row = foldConversation(row, event)
    messages = foldMessages(messages, event)
  }
  if (row === undefined) return undefined
  return {
    workspaceId: row.workspaceId,
    conversation: conversationOf(row),
    messages: [...messages.values()].map(messageOf),
    history,
  }
}

/** A newer release may have written events that this one does not know; they stay in the history, and change nothing. */
export function isOurs(event: Recorded): event is RecordedEach<ConversationEvent> {
  return Object.hasOwn(conversationEvents, event.type)
}

export function entryOf({ revision, id, type, data, meta }: Recorded): HistoryEntry {
  const { actor, at, hash, prev } = meta
  return { revision, id, type, actor: { kind: actor.kind, id: actor.id }, at, data, hash, prev }
}
