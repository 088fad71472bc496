import { type Status, statuses } from '../../schemas/conversation/resource.ts'
import type { Listed } from '../../schemas/dialects/reads.ts'
import { utc } from '../../schemas/event-time.ts'
import type { Reader } from '../reader.ts'

export interface Which {
  workspaceId: string
  /** Open ones of this agent, or of `none`; absent: all. */
  agent?: string | undefined
  limit: number
  offset: number
}

const columns = {
  id: 'c.id',
  workspaceId: 'c.workspace_id',
  widgetId: 'c.widget_id',
  channelId: 'c.channel_id',
  contactId: 'c.contact_id',
  contactName: 'k.name',
  visitorId: 'c.visitor_id',
  status: 'c.status',
  sessionId: 'c.session_id',
  assignedAgentId: 'c.assigned_agent_id',
  tags: 'c.tags',
  firstMessageAt: 'c.first_message_at',
  assignedAt: 'c.assigned_at',
  startedAt: 'c.started_at',
  updatedAt: 'c.updated_at',
}

const open: readonly Status[] = ['open', 'pending']
const latestFirst = [
  { column: 'c.activity_at', order: 'desc' },
  { column: 'c.id', order: 'desc' },
]

/** Each status is a stretch of an index in the order of the list; the stretches are merged. */
export async function listed(reader: Reader, { workspaceId, agent, limit, offset }: Which): Promise<Listed[]> {
  const { db } = reader
  const stretches = (agent === undefined ? statuses : open).map((status) => {
    const rows = db('read.conversations as c').where({ 'c.workspace_id': workspaceId, 'c.status': status })
    if (agent === 'none') rows.whereNull('c.assigned_agent_id')
    else if (agent !== undefined) rows.where('c.assigned_agent_id', agent)
    return rows
      .select('c.*')
      .orderBy(latestFirst)
      .limit(limit + offset)
  })
  const found = db
    .select('c.*')
    .from(db.unionAll(stretches, true).as('c'))
    .orderBy(latestFirst)
    .limit(limit)
    .offset(offset)
  const named = db
    .select(columns)
    .from(found.as('c'))
    .leftJoin('read.contacts as k', 'k.id', 'c.contact_id')
    .orderBy(latestFirst)
  const { data } = await reader.page<Listed>(named, db.select(db.raw('1')))
  return data.map((row) => ({
    ...row,
    firstMessageAt: row.firstMessageAt === null ? null : utc(row.firstMessageAt),
    assignedAt: row.assignedAt === null ? null : utc(row.assignedAt),
    startedAt: utc(row.startedAt),
    updatedAt: utc(row.updatedAt),
  }))
}
