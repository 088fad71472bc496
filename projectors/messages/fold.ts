import type { ContentType } from '../../schemas/conversation/content.ts'
import type { Delivery } from '../../schemas/conversation/delivery.ts'
import type { ConversationEvent, FileFacts, SenderType } from '../../schemas/conversation/events.ts'
import { filesOf, type Message, type Note } from '../../schemas/conversation/resource.ts'
import type { Envelope, RecordedEach } from '../../schemas/envelope.ts'
import { eventTime, utc } from '../../schemas/event-time.ts'
import { parseStream } from '../../schemas/streams.ts'

export type MessageRow = {
  readonly id: string
  readonly conversationId: string
  readonly sessionId: string
  readonly content: string
  readonly contentType: ContentType
  /** JSON text. */
  readonly richMedia: string | null
  readonly senderType: SenderType
  readonly senderId: string
  /** JSON text: its files, or null for none. */
  readonly files: string | null
  readonly isRead: boolean
  readonly readBy: string | null
  readonly readAt: string | null
  /** JSON text: how far it has come by the channel that carries it; null where none does. */
  readonly delivery: string | null
  readonly createdAt: string
  readonly revision: number
}

export type NoteRow = {
  readonly id: string
  readonly conversationId: string
  readonly agentId: string
  readonly content: string
  readonly createdAt: string
  readonly revision: number
}

/** What of a conversation its messages need: whose it is, and how many there are. */
export type ThreadRow = {
  readonly conversationId: string
  readonly workspaceId: string
  readonly widgetId: string | null
  readonly channel: string
  readonly messages: number
  readonly notes: number
}

type Past = RecordedEach<ConversationEvent>
type PastOf<T extends ConversationEvent['type']> = Extract<Past, { type: T }>

export function foldThread(row: ThreadRow | undefined, event: Past): ThreadRow {
  if (event.type === 'ConversationStarted') return row ?? threadOf(event)
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which never started`)
  if (event.type === 'MessageSent') return { ...row, messages: row.messages + 1 }
  if (event.type === 'NoteAdded') return { ...row, notes: row.notes + 1 }
  return row
}

function threadOf({ data, meta }: PastOf<'ConversationStarted'>): ThreadRow {
  const { conversationId, widgetId, channel } = data
  return { conversationId, workspaceId: meta.workspaceId, widgetId, channel, messages: 0, notes: 0 }
}

/** What of the event a message is made of; realtime has no more of it. */
type Sent = Pick<PastOf<'MessageSent'>, 'data' | 'revision' | 'stream'> & { meta: Pick<Envelope, 'at'> }

export function messageSent(event: Sent): MessageRow {
  const { data, revision } = event
  return {
    id: data.messageId,
    conversationId: conversationIdOf(event),
    sessionId: data.sessionId,
    content: data.content,
    contentType: data.contentType,
    richMedia: data.richMedia === undefined || data.richMedia === null ? null : JSON.stringify(data.richMedia),
    senderType: data.senderType,
    senderId: data.senderId,
    files: data.files === undefined || data.files.length === 0 ? null : JSON.stringify(data.files),
    isRead: false,
    readBy: null,
    readAt: null,
    delivery: null,
    createdAt: eventTime(event),
    revision,
  }
}

export function noteAdded(event: PastOf<'NoteAdded'>): NoteRow {
  const { data, meta, revision } = event
  const { noteId: id, agentId, content } = data
  return { id, conversationId: conversationIdOf(event), agentId, content, createdAt: utc(meta.at), revision }
}

/** What stands for words once their contact is erased: as the log's reader puts it (infra/runtime/event-store/seal.ts). */
const erased = '[erased]'
/** Of an erased contact's conversation, what no message and no note says any more. */
export const erasedMessage = { content: erased, richMedia: null, files: null } as const
export const erasedNote = { content: erased } as const

/** A conversation's messages by id, in the order in which they were sent; the map is changed in place. */
export function foldMessages(messages: Map<string, MessageRow>, event: Past): Map<string, MessageRow> {
  if (event.type === 'MessageSent') messages.set(event.data.messageId, messageSent(event))
  if (event.type === 'MessagesRead') {
    for (const id of event.data.messageIds) {
      const message = messages.get(id)
      if (message !== undefined) messages.set(id, { ...message, ...readIn(event) })
    }
  }
  if (isDelivery(event)) {
    const message = messages.get(event.data.messageId)
    if (message !== undefined) messages.set(message.id, { ...message, ...deliveryIn(event) })
  }
  if (event.type === 'ConversationErased') {
    for (const [id, message] of messages) messages.set(id, { ...message, ...erasedMessage })
  }
  return messages
}

/** What reading changes in a message. */
export function readIn({ data, meta }: PastOf<'MessagesRead'>): Pick<MessageRow, 'isRead' | 'readBy' | 'readAt'> {
  return { isRead: true, readBy: data.readerId, readAt: utc(meta.at) }
}

type DeliveryEvent = PastOf<'MessageRelayed' | 'MessageDelivered' | 'MessageUndeliverable'>

function isDelivery(event: Past): event is DeliveryEvent {
  return event.type === 'MessageRelayed' || event.type === 'MessageDelivered' || event.type === 'MessageUndeliverable'
}

/** What a channel's word changes in a message; whether it says anything new was decided when it came. */
export function deliveryIn(event: DeliveryEvent): Pick<MessageRow, 'delivery'> {
  return { delivery: JSON.stringify(deliveryOf(event)) }
}

function deliveryOf(event: DeliveryEvent): Delivery {
  const at = utc(event.meta.at)
  switch (event.type) {
    case 'MessageRelayed':
      return { status: 'sent', at }
    case 'MessageDelivered':
      return { status: event.data.status, at: utc(event.data.at) }
    case 'MessageUndeliverable':
      return { status: 'failed', at, error: { code: event.data.code, why: event.data.why } }
  }
}

/** A message as agents see it. */
export function messageOf({ richMedia, files, delivery, ...row }: MessageRow): Message {
  const parsed: FileFacts[] = files === null ? [] : JSON.parse(files)
  return {
    ...row,
    richMedia: richMedia === null ? null : JSON.parse(richMedia),
    files: filesOf(row.conversationId, parsed),
    ...(delivery === null ? {} : { delivery: JSON.parse(delivery) }),
  }
}

export function noteOf(row: NoteRow): Note {
  return { ...row }
}

export function conversationIdOf({ stream }: { stream: string }): string {
  const parsed = parseStream(stream)
  if (parsed?.noun !== 'conversation') throw new Error(`${stream} is no conversation`)
  return parsed.id
}
