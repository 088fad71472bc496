import { createHash } from 'node:crypto'
import type { siteChatRoutes as routes } from '../../../../schemas/dialects/site-chat.ts'
import type { UploadOf } from '../../../runtime/http/binding.ts'
import type { FilePart, Parts } from '../../../runtime/http/multipart.ts'
import { type Canonical, gatewayFor, onBehalfOf } from '../canonical.ts'
import type { Visitor } from './visitors.ts'
import { replyOf } from './words.ts'

type ReplyRequest = UploadOf<typeof routes.reply>

/** Sends a visitor's reply: words, or a form with words, files, or both. */
export async function sendReply(canonical: Canonical, request: ReplyRequest, visitor: Visitor): Promise<void> {
  const { parts, idempotencyKey } = request
  const params = { id: visitor.conversationId }
  const { content, files } =
    parts === undefined
      ? { content: replyOf(request.body?.message), files: [] }
      : await filedReply(canonical, request, visitor, parts)
  const body = { content, ...(files.length === 0 ? {} : { files }) }
  await canonical.send({ ...onBehalfOf(request, visitor), params, body, idempotencyKey })
}

interface Filed {
  content: string
  /** Ids. */
  files: string[]
}

/** Passes the files of a form on as they come, and finds its words on the way. */
async function filedReply(canonical: Canonical, request: ReplyRequest, visitor: Visitor, parts: Parts): Promise<Filed> {
  const params = { id: visitor.conversationId }
  // Before any bytes are sent: a refusal in the middle of them would be hard to hear.
  await canonical.findConversation({ ...onBehalfOf(request, gatewayFor(visitor.workspaceId)), params })
  const form = readForm(parts)
  const first = await form.files.next()
  if (first.done === true) return { content: replyOf(form.words()), files: [] }
  const { data } = await canonical.upload(
    { ...onBehalfOf(request, visitor), params, idempotencyKey: keyOfFiles(request.idempotencyKey) },
    from(first.value, form.files),
  )
  return { content: replyOf(form.words(), true), files: data.map(({ id }) => id) }
}

const fileNames = ['files[]', 'files', 'file']

/** The files of a form one by one; its words are known when all have passed. Other fields are passed over. */
function readForm(parts: Parts): { files: AsyncGenerator<FilePart>; words: () => string | undefined } {
  let words: string | undefined
  async function* files(): AsyncGenerator<FilePart> {
    for await (const part of parts) {
      if (part.kind === 'field') {
        if (part.name !== 'message') continue
        words = part.value
        // Words that are too long are refused before their files are sent.
        replyOf(words, true)
      } else if (fileNames.includes(part.name) && part.filename !== '') yield part
    }
  }
  return { files: files(), words: () => words }
}

async function* from(first: FilePart, rest: AsyncGenerator<FilePart>): AsyncGenerator<FilePart> {
  yield first
  yield* rest
}

/** Uploading and sending are two commands on one conversation, so that one key cannot stand for both. */
function keyOfFiles(key: string | undefined): string | undefined {
  return key === undefined ? undefined : createHash('sha256').update(`files ${key}`).digest('base64url')
}
