import { randomUUID } from 'node:crypto'
import type { Blobs } from '../../infra/runtime/blobs/blobs.ts'
import { blobKey } from '../../infra/runtime/blobs/keys.ts'
import { type Binding, bindUpload } from '../../infra/runtime/http/binding.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { FileFacts } from '../../schemas/conversation/events.ts'
import { fileRoutes } from '../../schemas/conversation/file-routes.ts'
import { filesOf } from '../../schemas/conversation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Started } from '../domain/conversation/conversation.ts'
import { conversation } from '../domain/conversation/decide.ts'
import { discardAll, type TakenFile, takeFiles } from '../files/intake.ts'
import type { Handle, Handled } from '../handle.ts'
import { conversationFor } from './access.ts'
import { actorOf, scopeOf } from './asking.ts'
import { demandContact } from './begin.ts'
import { ask, type ConversationRequest } from './conversations.ts'

export interface FileDoors {
  handle: Handle
  blobs: Blobs
  logger: Logger
}

/** Uploads: the bytes are kept before the event says so, so that no event names what is not there. */
export function fileBindings(doors: FileDoors): Binding[] {
  const { handle, blobs } = doors
  return [
    bindUpload(fileRoutes.upload, async (request) => {
      const { erased } = await conversationFor(handle, request.caller, request.params.id)
      if (erased) throw new Rejection('contact-erased', 'The contact of this conversation was erased.')
      const taken = await takeFiles(request.parts, blobs)
      try {
        const { files, revision, position } = await upload(doors, request, taken)
        return { status: 201, body: { data: filesOf(request.params.id, files) }, revision, position }
      } finally {
        await discardAll(taken)
      }
    }),
  ]
}

async function upload(doors: FileDoors, request: ConversationRequest, taken: readonly TakenFile[]) {
  const { handle } = doors
  const { id } = request.params
  // Random, also under an Idempotency-Key: whoever knows the id may read the file; and no other try can have used it.
  const files = taken.map(({ filename, size, mimeType }) => ({ id: randomUUID(), filename, size, mimeType }))
  const body = { files: taken.map(({ filename, size, digest }) => ({ filename, size, digest })) }
  const kept = new Map<string, string>()

  const keep = async ({ workspaceId, contactId }: Started) => {
    for (const [index, { received }] of taken.entries()) {
      const fileId = files[index]?.id ?? ''
      const key = blobKey({ workspaceId, contactId, conversationId: id, fileId })
      kept.set(fileId, key)
      await received.keep(key)
    }
  }
  try {
    const side = scopeOf(request.caller) === 'visitor' ? 'visitor' : 'agent'
    const handled = await ask(handle, { ...request, body }, 'upload', async ({ commandId }, state) => {
      if (conversation.done(state, commandId) === undefined) await keep(state)
      return { type: 'UploadFiles', files, side, uploaderId: actorOf(request.caller, state.visitorId).id }
    })
    // Whoever erases the contact at this moment deletes what was kept before the erasure; what came after it is deleted here.
    await demandContact(handle, handled.state.contactId)
    const uploaded = handled.events.length > 0 ? files : filesBefore(handled)
    for (const file of uploaded) kept.delete(file.id)
    await forget(doors, kept)
    return { ...handled, files: uploaded }
  } catch (error) {
    // Else it is not known whether the log has the event, and a file that nobody names does less harm than one that is missing.
    if (error instanceof Rejection) await forget(doors, kept)
    throw error
  }
}

/** Deletes what no event names. */
async function forget({ blobs, logger }: FileDoors, kept: ReadonlyMap<string, string>): Promise<void> {
  for (const key of kept.values()) {
    await blobs.delete(key).catch((error: unknown) => {
      logger.warn({ error, key }, 'a file that no event names could not be deleted')
    })
  }
}

/** What an earlier try of the same command uploaded: the latest of the state as it was then. */
function filesBefore({ state, revision, first }: Handled<Started>): FileFacts[] {
  return [...state.files.values()].slice(first - revision - 1).map(({ file }) => file)
}
