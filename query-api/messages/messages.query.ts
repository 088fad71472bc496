import type { Knex } from 'knex'
import type { Delivery } from '../../schemas/conversation/delivery.ts'
import type { FileFacts } from '../../schemas/conversation/events.ts'
import { filesOf, type Message, type Note } from '../../schemas/conversation/resource.ts'
import { utc } from '../../schemas/event-time.ts'
import { pageOf } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Guarded } from '../visibility.ts'
import { type Part, partsIn, type Since, unknownMessage } from './part.ts'

export const messageColumns = {
  id: 'm.id',
  conversationId: 'm.conversation_id',
  sessionId: 'm.session_id',
  content: 'm.content',
  contentType: 'm.content_type',
  richMedia: 'm.rich_media',
  senderType: 'm.sender_type',
  senderId: 'm.sender_id',
  files: 'm.files',
  isRead: 'm.is_read',
  readBy: 'm.read_by',
  readAt: 'm.read_at',
  delivery: 'm.delivery',
  createdAt: 'm.created_at',
  revision: 'm.revision',
}

/** A row as JSON brings it. */
export type ReadMessage = Omit<Message, 'files' | 'delivery'> & { files: FileFacts[] | null; delivery: Delivery | null }

/** Whose the thread is; undefined when there is none. */
export async function threadById(reader: Reader, id: string): Promise<Guarded | undefined> {
  const [row] = await reader.rows<Guarded>(
    `select t.conversation_id as id, t.workspace_id as "workspaceId", t.channel, w.identity_verification as "identityVerification"
     from read.threads t left join read.widgets w on w.id = t.widget_id where t.conversation_id = :id`,
    { id },
  )
  return row
}

export async function messagePage(reader: Reader, id: string, part: Part) {
  const { db } = reader
  const { order, wanted } = part
  const { limit, offset, after } = wanted
  const all = db('read.messages as m').where('m.conversation_id', id)
  if (part.since !== undefined) leaveOut(all, await beginningOf(reader, id, part.since))
  const rows = all
    .clone()
    .select(messageColumns)
    .orderBy('m.revision', order)
    .offset(offset)
    .limit(limit + 1)
  if (after !== undefined) rows.where('m.revision', order === 'desc' ? '<' : '>', after.revision)
  const count =
    part.since === undefined ? db('read.threads').where('conversation_id', id).select('messages') : all.count()
  const { data, total } = await reader.page<ReadMessage>(rows, count)
  return pageOf(data, total, wanted, partsIn(order), messageOf)
}

/** After which revision, or which time, messages are wanted. */
async function beginningOf(reader: Reader, id: string, since: Since): Promise<{ revision: number } | { time: string }> {
  if ('time' in since) return since
  const [known] = await reader.rows<{ revision: number }>(
    'select revision from read.messages where conversation_id = :id and id = :since',
    { id, since: since.id },
  )
  if (known === undefined) throw unknownMessage()
  return known
}

function leaveOut(messages: Knex.QueryBuilder, beginning: { revision: number } | { time: string }): void {
  if ('time' in beginning) messages.where('m.created_at', '>', beginning.time)
  else messages.where('m.revision', '>', beginning.revision)
}

export async function notesOf(reader: Reader, id: string): Promise<Note[]> {
  const { db } = reader
  const rows = db('read.notes as n').where('n.conversation_id', id).orderBy('n.revision').select({
    id: 'n.id',
    conversationId: 'n.conversation_id',
    agentId: 'n.agent_id',
    content: 'n.content',
    createdAt: 'n.created_at',
    revision: 'n.revision',
  })
  const { data } = await reader.page<Note>(rows, db.select(db.raw('1')))
  return data.map(dated)
}

/** A message as agents see it. */
export function messageOf({ files, readAt, delivery, ...row }: ReadMessage): Message {
  return {
    ...dated(row),
    files: filesOf(row.conversationId, files),
    readAt: readAt === null ? null : utc(readAt),
    ...(delivery === null ? {} : { delivery }),
  }
}

function dated<R extends { createdAt: string }>(row: R): R {
  return { ...row, createdAt: utc(row.createdAt) }
}
