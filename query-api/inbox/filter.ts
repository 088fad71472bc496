import type { Knex } from 'knex'
import type { Status } from '../../schemas/conversation/resource.ts'
import type { Reader } from '../reader.ts'

/** Which conversations a list shows; joined by and. */
export interface Filter {
  workspaceId: string
  statuses: readonly Status[]
  tag?: string | undefined
  /** An agent; `none`: those that nobody has. */
  assignee?: string | undefined
  /** What kind of channel. */
  channel?: string | undefined
  /** The widget or the channel that it came in by. */
  source?: string | undefined
}

/** The conversations of one status that a list shows, as `c`: a stretch of an index. By tag, the index is that of the tags, as `t`. */
export function stretchOf(db: Reader['db'], filter: Filter, status: Status): Knex.QueryBuilder {
  const rows = db('read.conversations as c')
  if (filter.tag === undefined) return narrow(rows.where('c.status', status), filter)
  rows.join('read.conversation_tags as t', 't.conversation_id', 'c.id')
  rows.where({ 't.workspace_id': filter.workspaceId, 't.tag': filter.tag, 't.status': status })
  return by(rows, 't', 't.source_id', filter)
}

/** Those of any conversations `c`, however they were found, that a list shows. */
export function only(rows: Knex.QueryBuilder, filter: Filter): Knex.QueryBuilder {
  const { tag, statuses } = filter
  narrow(rows.whereIn('c.status', statuses), filter)
  if (tag !== undefined) {
    rows.whereRaw('exists (select from read.conversation_tags t where t.conversation_id = c.id and t.tag = ?)', tag)
  }
  return rows
}

function narrow(rows: Knex.QueryBuilder, filter: Filter): Knex.QueryBuilder {
  return by(rows.where('c.workspace_id', filter.workspaceId), 'c', 'coalesce(c.widget_id, c.channel_id)', filter)
}

function by(rows: Knex.QueryBuilder, table: 'c' | 't', source: string, filter: Filter): Knex.QueryBuilder {
  const { assignee, channel } = filter
  if (assignee === 'none') rows.whereNull(`${table}.assigned_agent_id`)
  else if (assignee !== undefined) rows.where(`${table}.assigned_agent_id`, assignee)
  if (channel !== undefined) rows.where(`${table}.channel`, channel)
  if (filter.source !== undefined) rows.whereRaw(`${source} = ?`, filter.source)
  return rows
}

/** How many there are, from counters that the projection keeps. */
export function totalOf(db: Reader['db'], filter: Filter): Knex.QueryBuilder {
  const { workspaceId, statuses, tag = '', assignee = '', channel, source } = filter
  return db('read.conversation_facets')
    .where({
      workspace_id: workspaceId,
      assignee,
      tag,
      ...(channel === undefined ? {} : { channel }),
      ...(source === undefined ? {} : { source_id: source }),
    })
    .whereIn('status', statuses)
    .sum('n')
}
