import type { Blobs } from '../../infra/runtime/blobs/blobs.ts'
import { blobKey } from '../../infra/runtime/blobs/keys.ts'
import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { contentDisposition, fileHeaders, servedAs } from '../../infra/runtime/http/serving.ts'
import { fileRoutes } from '../../schemas/conversation/file-routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { fileById } from '../files/files.query.ts'
import { threadById } from '../messages/messages.query.ts'
import { notFound, viewOf } from '../visibility.ts'
import type { Sources } from './asked.ts'

const names = ['messages', 'directory'] as const

/** Downloads: for whoever may read the messages of a conversation. */
export function fileBindings({ reader, positions, log }: Sources, blobs: Blobs): Binding[] {
  const look = async (id: string, fileId: string) => {
    const [thread, uploaded] = await Promise.all([threadById(reader, id), fileById(reader, id, fileId)])
    return { thread, uploaded }
  }

  return [
    bind(fileRoutes.get, async ({ caller, params, query, waitFor }) => {
      const { id: conversationId, fileId } = params
      await positions.passed(names, waitFor)
      let { thread, uploaded } = await look(conversationId, fileId)
      if (uploaded === undefined) {
        // Whoever has just uploaded it asks for it at once: it is absent only if it is not in the log.
        await positions.passed(names, await log.head())
        ;({ thread, uploaded } = await look(conversationId, fileId))
      }
      if (thread === undefined) throw notFound()
      viewOf(caller, thread)
      if (uploaded === undefined) throw noFile()
      const { file, workspaceId, contactId } = uploaded
      const key = blobKey({ workspaceId, contactId, conversationId, fileId })
      const { type, disposition } = servedAs(file.mimeType, query.disposition ?? 'attachment')
      return {
        status: 200,
        headers: { ...fileHeaders, 'Content-Disposition': contentDisposition(disposition, file.filename) },
        content: {
          type,
          size: file.size,
          // What lies under an id never changes.
          etag: fileId,
          open: async (range) => {
            const bytes = await blobs.get(key, range)
            if (bytes === undefined) throw noFile()
            return bytes
          },
        },
      }
    }),
  ]
}

function noFile(): Rejection {
  return new Rejection('not-found', 'There is no such file in this conversation.')
}
