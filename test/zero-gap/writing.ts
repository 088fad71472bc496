import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Conversation, type LogWriter, messageOf } from '../../realtime/testing/log-writer.ts'
import type { ParleyEvent } from '../../schemas/catalog.ts'

export interface Writing {
  rooms: readonly Conversation[]
  /** In all rooms together. */
  messages: number
  /** Milliseconds between two events of a room, on average. */
  rhythmMs: number
  random: () => number
  /** At each message. */
  written: () => void
}

/** Writes in all rooms at once, messages and among them what else happens in conversations, some of which only agents may see. */
export async function write(writer: LogWriter, writing: Writing): Promise<void> {
  const { rooms, messages } = writing
  const shares = rooms.map((_, index) => Math.floor((messages + index) / rooms.length))
  await Promise.all(rooms.map((room, index) => writeRoom(writer, room, shares[index] ?? 0, writing)))
}

async function writeRoom(
  writer: LogWriter,
  room: Conversation,
  messages: number,
  { rhythmMs, random, written }: Writing,
): Promise<void> {
  let sent = 0
  while (sent < messages) {
    await sleep(random() * 2 * rhythmMs)
    const isMessage = random() < 0.8
    await writer.tell(room, isMessage ? messageOf(room, `message ${sent}`) : other(room, random))
    if (!isMessage) continue
    sent += 1
    written()
  }
}

function other({ sessionId }: Conversation, random: () => number): ParleyEvent {
  const agentId = randomUUID()
  const events: readonly ParleyEvent[] = [
    { type: 'NoteAdded', data: { noteId: randomUUID(), sessionId, agentId, content: 'a private note' } },
    { type: 'ConversationTagged', data: { tag: randomUUID() } },
    { type: 'ConversationAssigned', data: { agentId, sessionId } },
    { type: 'MessagesRead', data: { messageIds: [randomUUID()], side: 'agent', readerId: agentId, unreadCount: 0 } },
  ]
  return events[Math.floor(random() * events.length)] ?? { type: 'ConversationTagged', data: { tag: 'any' } }
}
