import { type Projection, part, put, set, setAll } from '../projection.ts'
import { table } from '../table.ts'
import {
  conversationIdOf,
  deliveryIn,
  erasedMessage,
  erasedNote,
  foldThread,
  type MessageRow,
  messageSent,
  type NoteRow,
  noteAdded,
  readIn,
  type ThreadRow,
} from './fold.ts'

const threads = table<ThreadRow>({
  name: 'threads',
  columns: {
    conversationId: 'uuid',
    workspaceId: 'uuid',
    widgetId: 'uuid?',
    channel: 'text',
    messages: 'integer',
    notes: 'integer',
  },
  key: ['conversationId'],
})

/** Keyed by conversation first, so that the rows of one lie together in both indexes, however many millions there are. */
const messages = table<MessageRow>({
  name: 'messages',
  columns: {
    id: 'uuid',
    conversationId: 'uuid',
    sessionId: 'uuid',
    content: 'text',
    contentType: 'text',
    richMedia: 'json?',
    senderType: 'text',
    senderId: 'text',
    files: 'json?',
    isRead: 'boolean',
    readBy: 'text?',
    readAt: 'timestamptz?',
    delivery: 'json?',
    createdAt: 'timestamptz',
    revision: 'integer',
  },
  key: ['conversationId', 'id'],
  indexes: [{ columns: ['conversation_id', 'revision'], unique: true }],
  personal: ['content'],
})

const notes = table<NoteRow>({
  name: 'notes',
  columns: {
    id: 'uuid',
    conversationId: 'uuid',
    agentId: 'uuid',
    content: 'text',
    createdAt: 'timestamptz',
    revision: 'integer',
  },
  key: ['conversationId', 'revision'],
  personal: ['content'],
})

const delivery = (row: ThreadRow | undefined, event: Parameters<typeof deliveryIn>[0]) => {
  const key = { conversationId: conversationIdOf(event), id: event.data.messageId }
  return { row: foldThread(row, event), ops: [set(messages, key, deliveryIn(event))] }
}

/** What was said in a conversation, and noted about it. */
export const messagesProjection: Projection = {
  name: 'messages',
  version: 3,
  tables: [threads, messages, notes],
  parts: [
    part<ThreadRow>({
      noun: 'conversation',
      state: threads,
      changes: {
        ConversationStarted: (row, event) => ({ row: foldThread(row, event) }),
        MessageSent: (row, event) => ({ row: foldThread(row, event), ops: [put(messages, messageSent(event))] }),
        MessagesRead: (row, event) => {
          const conversationId = conversationIdOf(event)
          const read = event.data.messageIds.map((id) => set(messages, { conversationId, id }, readIn(event)))
          return { row: foldThread(row, event), ops: read }
        },
        MessageRelayed: delivery,
        MessageDelivered: delivery,
        MessageUndeliverable: delivery,
        NoteAdded: (row, event) => ({ row: foldThread(row, event), ops: [put(notes, noteAdded(event))] }),
        // As a reader of the log finds them from now on, so that tables that are built again say the same.
        ConversationErased: (row, event) => {
          const key = { conversationId: conversationIdOf(event) }
          return {
            row: foldThread(row, event),
            ops: [setAll(messages, key, erasedMessage), setAll(notes, key, erasedNote)],
          }
        },
      },
    }),
  ],
}
