import { Rejection } from '../../../../schemas/rejection.ts'
import type { Reply, Request } from '../../../runtime/http/binding.ts'
import { contentDisposition, type Disposition, fileHeaders, servedAs } from '../../../runtime/http/serving.ts'
import { type Canonical, gatewayFor, onBehalfOf } from '../canonical.ts'
import type { Visitor } from './visitors.ts'

export interface Wanted {
  /** Which message: its revision. */
  activity_id: number
  /** Which of its files, from 1. */
  id: number
}

/** A file of a message, for the visitor of its conversation. Throws Rejection('not-found'). */
export async function downloadOf(
  canonical: Canonical,
  request: Pick<Request, 'ip' | 'traceId'>,
  visitor: Visitor,
  { activity_id: revision, id: which }: Wanted,
  wanted: Disposition,
): Promise<Reply> {
  const id = visitor.conversationId
  const asGateway = onBehalfOf(request, gatewayFor(visitor.workspaceId))
  const { body } = await canonical.thread({ ...asGateway, params: { id }, query: { limit: 1, revision } })
  const file = body.data[0]?.files[which - 1]
  if (file === undefined) throw new Rejection('not-found', 'There is no such file in this conversation.')
  const { type, disposition } = servedAs(file.mimeType, wanted)
  const wish = { ...onBehalfOf(request, visitor), params: { id, fileId: file.id } }
  return {
    status: 200,
    headers: { ...fileHeaders, 'Content-Disposition': contentDisposition(disposition, file.filename) },
    // What lies under an id never changes.
    content: { type, size: file.size, etag: file.id, open: (range) => canonical.download(wish, range) },
  }
}
