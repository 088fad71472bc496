import type { UploadFile } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent, FileFacts } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'

/** Most files of one conversation: its state holds what is known of each. */
const most = 1000

export function upload(state: Started, { file, side, uploaderId }: UploadFile): ConversationEvent[] {
  if (state.files.has(file.id)) return []
  if (state.files.size >= most) throw new Rejection('conflict', `A conversation takes at most ${most} files.`)
  const { id: fileId, filename, size, mimeType } = file
  return [{ type: 'FileUploaded', data: { fileId, filename, size, mimeType, side, uploaderId } }]
}

/** The files that a message names. Throws for one that was not uploaded here, or by the other side. */
export function filesNamed(state: Started, ids: readonly string[], side: 'visitor' | 'agent'): FileFacts[] {
  return ids.map((id) => {
    const found = state.files.get(id)
    if (found !== undefined && found.side === side) return found.file
    const message = 'files must name files that were uploaded to this conversation by the sender'
    throw new Rejection('validation', message, [{ path: '/files', message }])
  })
}
