import type { SendMessage, UploadFiles } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent, FileFacts } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'

/** Most files of one conversation: its state holds what is known of each. */
const most = 1000

export function upload(state: Started, { files, side, uploaderId }: UploadFiles): ConversationEvent[] {
  const added = files.filter(({ id }) => !state.files.has(id))
  if (state.files.size + added.length > most) {
    throw new Rejection('conflict', `A conversation takes at most ${most} files.`)
  }
  return added.map(({ id: fileId, filename, size, mimeType }) => {
    return { type: 'FileUploaded', data: { fileId, filename, size, mimeType, side, uploaderId } }
  })
}

/** The files that a message names. Throws for one that was not uploaded here, or by the other side. */
export function filesNamed(state: Started, { files }: SendMessage): FileFacts[] {
  if (files === undefined) return []
  return files.ids.map((id) => {
    const found = state.files.get(id)
    if (found !== undefined && (files.side === 'either' || found.side === files.side)) return found.file
    const message = 'files must name files that were uploaded to this conversation by the sender'
    throw new Rejection('validation', message, [{ path: '/files', message }])
  })
}
