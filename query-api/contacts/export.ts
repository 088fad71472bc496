import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type ConversationRow, conversationOf, foldConversation } from '../../projectors/inbox/fold.ts'
import { foldMessages, type MessageRow, messageOf, noteAdded, noteOf } from '../../projectors/messages/fold.ts'
import type { Contact, ExportedConversation } from '../../schemas/contact/resource.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import { filesOf, type HistoryEntry } from '../../schemas/conversation/resource.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import { streamOf } from '../../schemas/streams.ts'
import { entryOf, isOurs } from '../replay/replay.ts'

export interface ExportSources {
  log: EventLog
  contact: Contact
  /** Ids of the contact's conversations. */
  conversations: AsyncIterable<string>
  exportedAt: Date
}

/**
 * All that is held on a person, as the text of one JSON object (ContactExport), piece by piece: no more than one conversation is in memory
 * at a time, however many there are.
 */
export async function* contactExport({ log, contact, conversations, exportedAt }: ExportSources) {
  const history: HistoryEntry[] = []
  for await (const event of log.readStream(streamOf('contact', contact.id))) history.push(entryOf(event))
  const head = JSON.stringify({ exportedAt: exportedAt.toISOString(), contact, history })
  yield `${head.slice(0, -1)},"conversations":[`
  let between = ''
  for await (const id of conversations) {
    const exported = await exportedConversation(log, id)
    if (exported === undefined) continue
    yield `${between}${JSON.stringify(exported)}`
    between = ','
  }
  yield ']}'
}

type Past = RecordedEach<ConversationEvent>

/** A conversation with all that was ever said, noted, rated and uploaded in it, folded from the log. */
async function exportedConversation(log: EventLog, id: string): Promise<ExportedConversation | undefined> {
  let row: ConversationRow | undefined
  const messages = new Map<string, MessageRow>()
  const exported: Omit<ExportedConversation, 'conversation' | 'messages'> = {
    notes: [],
    ratings: [],
    files: [],
    history: [],
  }
  for await (const event of log.readStream(streamOf('conversation', id))) {
    exported.history.push(entryOf(event))
    if (!isOurs(event)) continue
    row = foldConversation(row, event)
    foldMessages(messages, event)
    keep(exported, id, event)
  }
  return row && { conversation: conversationOf(row), messages: [...messages.values()].map(messageOf), ...exported }
}

function keep(
  { notes, ratings, files }: Pick<ExportedConversation, 'notes' | 'ratings' | 'files'>,
  id: string,
  event: Past,
): void {
  if (event.type === 'NoteAdded') notes.push(noteOf(noteAdded(event)))
  if (event.type === 'FileUploaded') {
    const { fileId, filename, size, mimeType } = event.data
    files.push(...filesOf(id, [{ id: fileId, filename, size, mimeType }]))
  }
  if (event.type === 'ConversationRated') {
    const { sessionId, score, comment = null } = event.data
    ratings.push({ sessionId, score, comment, createdAt: utc(event.meta.at) })
  }
}
