import type { FileFacts } from '../../schemas/conversation/events.ts'
import type { Reader } from '../reader.ts'

/** A file, and whose it is. */
export interface UploadedFile {
  workspaceId: string
  contactId: string
  file: FileFacts
}

export async function fileById(reader: Reader, conversationId: string, id: string): Promise<UploadedFile | undefined> {
  const [row] = await reader.rows<UploadedFile>(
    `select f.workspace_id as "workspaceId", f.contact_id as "contactId", one.value as file
     from read.files f cross join json_array_elements(f.files) one
     where f.conversation_id = :conversationId and one.value->>'id' = :id`,
    { conversationId, id },
  )
  return row
}
