import type { Knex } from 'knex'
import { type ConversationRow, conversationOf } from '../../projectors/inbox/fold.ts'
import { type Conversation, type Status, statuses } from '../../schemas/conversation/resource.ts'
import { utc } from '../../schemas/event-time.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Guarded } from '../visibility.ts'

export interface Filter {
  workspaceId: string
  status?: Status | undefined
  tag?: string | undefined
  agentId?: string | undefined
  widgetId?: string | undefined
  /** A visitor id, or the beginning of one. */
  search?: string | undefined
}

/** In the order of lists: latest activity first, then by id. */
export type Place = { activityAt: string; id: string }

/** A row as JSON brings it: names and types as in the projection, metadata already parsed, times not yet in our form. */
type Read = Omit<ConversationRow, 'metadata'> & { metadata: Record<string, unknown> }

const columns = {
  id: 'c.id',
  workspaceId: 'c.workspace_id',
  widgetId: 'c.widget_id',
  visitorId: 'c.visitor_id',
  contactId: 'c.contact_id',
  channelId: 'c.channel_id',
  assignedAgentId: 'c.assigned_agent_id',
  status: 'c.status',
  channel: 'c.channel',
  startedAt: 'c.started_at',
  closedAt: 'c.closed_at',
  metadata: 'c.metadata',
  sessionId: 'c.session_id',
  tags: 'c.tags',
  unreadCount: 'c.unread_count',
  messageCount: 'c.message_count',
  lastMessageAt: 'c.last_message_at',
  sessions: 'c.sessions',
  openedAt: 'c.opened_at',
  firstMessageAt: 'c.first_message_at',
  assignedAt: 'c.assigned_at',
  rating: 'c.rating',
  updatedAt: 'c.updated_at',
  activityAt: 'c.activity_at',
  revision: 'c.revision',
}

/** A search is counted no further than this. */
const countedTo = 1000

export async function conversationPage(reader: Reader, filter: Filter, wanted: Wanted<Place>) {
  const { data, total } = await reader.page<Read>(rowsOf(reader.db, filter, wanted), totalOf(reader.db, filter))
  return pageOf(data, total, wanted, (row) => [utc(row.activityAt), row.id], resourceOf)
}

/** The conversation, with what decides who may see it. */
export async function conversationById(
  reader: Reader,
  id: string,
): Promise<{ conversation: Conversation; guarded: Guarded } | undefined> {
  const { db } = reader
  const found = db('read.conversations as c')
    .leftJoin('read.widgets as w', 'w.id', 'c.widget_id')
    .where('c.id', id)
    .select({ ...columns, identityVerification: 'w.identity_verification' })
  const { data } = await reader.page<Read & Pick<Guarded, 'identityVerification'>>(found, db.select(db.raw('1')))
  const [row] = data
  if (row === undefined) return undefined
  const { identityVerification, ...read } = row
  const { workspaceId, channel } = row
  return { conversation: resourceOf(read), guarded: { id, workspaceId, channel, identityVerification } }
}

/**
 * Each status is a stretch of an index in the order of the list; the stretches are merged. So a page costs the same however many
 * conversations there are.
 */
function rowsOf(db: Reader['db'], filter: Filter, { limit, offset, after }: Wanted<Place>): Knex.QueryBuilder {
  const stretches = statusesOf(filter).map((status) => {
    const rows = db('read.conversations as c').where('c.status', status).select(columns)
    narrow(rows, filter)
    if (filter.tag === undefined) follow(rows, 'c.activity_at', 'c.id', after)
    else {
      rows.join('read.conversation_tags as t', 't.conversation_id', 'c.id')
      rows.where({ 't.workspace_id': filter.workspaceId, 't.tag': filter.tag, 't.status': status })
      narrowTags(rows, filter)
      follow(rows, 't.activity_at', 't.conversation_id', after)
    }
    return rows.limit(offset + limit + 1)
  })
  return db
    .select('*')
    .from(db.unionAll(stretches, true).as('found'))
    .orderBy([
      { column: 'activityAt', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .offset(offset)
    .limit(limit + 1)
}

function follow(rows: Knex.QueryBuilder, activity: string, id: string, after: Place | undefined): void {
  if (after !== undefined) {
    rows.whereRaw('(??, ??) < (?::timestamptz, ?::uuid)', [activity, id, after.activityAt, after.id])
  }
  rows.orderBy([
    { column: activity, order: 'desc' },
    { column: id, order: 'desc' },
  ])
}

function narrow(rows: Knex.QueryBuilder, { workspaceId, agentId, widgetId, search }: Filter): void {
  rows.where('c.workspace_id', workspaceId)
  if (agentId !== undefined) rows.where('c.assigned_agent_id', agentId)
  if (widgetId !== undefined) rows.where('c.widget_id', widgetId)
  if (search !== undefined) rows.whereLike('c.visitor_id', `${search.replace(/[\\%_]/g, '\\$&')}%`)
}

function narrowTags(rows: Knex.QueryBuilder, { agentId, widgetId }: Filter): void {
  if (agentId !== undefined) rows.where('t.assigned_agent_id', agentId)
  if (widgetId !== undefined) rows.where('t.widget_id', widgetId)
}

/** From counters that the projection keeps; a search is counted, up to a bound. */
function totalOf(db: Reader['db'], filter: Filter): Knex.QueryBuilder {
  const { workspaceId, agentId = '', widgetId = '', tag = '', search } = filter
  if (search === undefined) {
    return db('read.conversation_facets')
      .where({ workspace_id: workspaceId, agent_id: agentId, widget_id: widgetId, tag })
      .whereIn('status', statusesOf(filter))
      .sum('n')
  }
  const found = db('read.conversations as c').whereIn('c.status', statusesOf(filter)).select(db.raw('1'))
  narrow(found, filter)
  if (tag !== '') {
    found.whereExists(db('read.conversation_tags as t').whereRaw('t.conversation_id = c.id').where('t.tag', tag))
  }
  return db.from(found.limit(countedTo).as('found')).count()
}

function statusesOf({ status }: Filter): readonly Status[] {
  return status === undefined ? statuses : [status]
}

function resourceOf({ metadata, ...row }: Read): Conversation {
  const { closedAt, lastMessageAt } = row
  const times = {
    startedAt: utc(row.startedAt),
    closedAt: utcOrNull(closedAt),
    openedAt: utc(row.openedAt),
    firstMessageAt: utcOrNull(row.firstMessageAt),
    assignedAt: utcOrNull(row.assignedAt),
    lastMessageAt: utcOrNull(lastMessageAt),
    updatedAt: utc(row.updatedAt),
    activityAt: utc(row.activityAt),
  }
  return { ...conversationOf({ ...row, ...times, metadata: '{}' }), metadata }
}

function utcOrNull(time: string | null): string | null {
  return time === null ? null : utc(time)
}
