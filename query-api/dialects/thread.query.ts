import type { Message } from '../../schemas/conversation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { messageColumns, messageOf, type ReadMessage } from '../messages/messages.query.ts'
import type { Reader } from '../reader.ts'

export interface Part {
  limit: number
  offset?: number | undefined
  /** The last of them instead of the first. */
  last?: boolean | undefined
  /** Only what was said after this time. */
  since?: string | undefined
  /** Only what was said after this message. */
  after?: string | undefined
  /** Only the message of this revision. */
  revision?: number | undefined
}

/** A part of a conversation's messages, the oldest first. Throws Rejection('validation') for an `after` that is no message of it. */
export async function threadOf(reader: Reader, conversationId: string, part: Part): Promise<Message[]> {
  const { db } = reader
  const { limit, offset = 0, last = false, since, after, revision } = part
  const rows = db('read.messages as m').where('m.conversation_id', conversationId).select(messageColumns)
  if (since !== undefined) rows.where('m.created_at', '>', since)
  if (after !== undefined) rows.where('m.revision', '>', await revisionOf(reader, conversationId, after))
  if (revision !== undefined) rows.where('m.revision', revision)
  rows
    .orderBy('m.revision', last ? 'desc' : 'asc')
    .limit(limit)
    .offset(offset)
  const { data } = await reader.page<ReadMessage>(rows, db.select(db.raw('1')))
  return (last ? data.reverse() : data).map(messageOf)
}

async function revisionOf(reader: Reader, conversationId: string, id: string): Promise<number> {
  const [row] = await reader.rows<{ revision: number }>(
    'select revision from read.messages where conversation_id = :conversationId and id = :id',
    { conversationId, id },
  )
  if (row !== undefined) return row.revision
  const message = 'after must be the id of a message of this conversation'
  throw new Rejection('validation', message, [{ path: 'after', message }])
}
