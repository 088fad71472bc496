import type { ConversationEvent, FileFacts } from '../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { conversationIdOf } from '../messages/fold.ts'

/** The files of a conversation; there is a row only where there were any. */
export type FilesRow = {
  readonly conversationId: string
  readonly workspaceId: string
  readonly contactId: string
  /** JSON text: FileFacts, in the order in which they came. */
  readonly files: string
}

type Past<T extends ConversationEvent['type']> = RecordedEach<Extract<ConversationEvent, { type: T }>>

export function fileUploaded(row: FilesRow | undefined, event: Past<'FileUploaded'>): FilesRow {
  const { data, meta } = event
  const { fileId: id, filename, size, mimeType } = data
  const before: FileFacts[] = row === undefined ? [] : JSON.parse(row.files)
  return {
    conversationId: conversationIdOf(event),
    workspaceId: meta.workspaceId,
    // Whose key seals the name of the file.
    contactId: meta.key ?? '',
    files: JSON.stringify([...before, { id, filename, size, mimeType }]),
  }
}

export function filesErased(_row: FilesRow | undefined, event: Past<'ConversationErased'>): FilesRow {
  const { data, meta } = event
  return {
    conversationId: conversationIdOf(event),
    workspaceId: meta.workspaceId,
    contactId: data.contactId,
    files: '[]',
  }
}
