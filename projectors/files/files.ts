import { folding, part } from '../projection.ts'
import { table } from '../table.ts'
import { type FilesRow, filesErased, fileUploaded } from './fold.ts'

export const files = table<FilesRow>({
  name: 'files',
  columns: { conversationId: 'uuid', workspaceId: 'uuid', contactId: 'uuid', files: 'json' },
  key: ['conversationId'],
  indexes: [{ columns: ['contact_id'] }],
})

/** What was uploaded to a conversation: what a download needs to know beside the bytes. */
export const filePart = part<FilesRow>({
  noun: 'conversation',
  state: files,
  changes: { FileUploaded: folding(fileUploaded), ConversationErased: folding(filesErased) },
})
