import type { Role } from '../../schemas/agent/events.ts'
import type { Agent } from '../../schemas/agent/resource.ts'
import { utc } from '../../schemas/event-time.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'

export interface Filter {
  workspaceId: string
  role?: Role | undefined
  /** Those who were removed, instead of those who are there. */
  removed: boolean
}

/** In the order of the list: by name, then by id. */
export type Place = { name: string; id: string }

const columns = {
  id: 'id',
  workspaceId: 'workspace_id',
  email: 'email',
  name: 'name',
  role: 'role',
  available: 'available',
  addedAt: 'added_at',
  removedAt: 'removed_at',
}

export async function agentPage(reader: Reader, filter: Filter, { limit, offset, after, ...wanted }: Wanted<Place>) {
  const { db } = reader
  const found = () => {
    const rows = db('read.agents').where('workspace_id', filter.workspaceId)
    if (filter.role !== undefined) rows.where('role', filter.role)
    return filter.removed ? rows.whereNotNull('removed_at') : rows.whereNull('removed_at')
  }
  const rows = found().select(columns).orderBy(['name', 'id'])
  if (after !== undefined) rows.whereRaw('(name, id) > (?, ?::uuid)', [after.name, after.id])
  const { data, total } = await reader.page<Agent>(rows.offset(offset).limit(limit + 1), found().count())
  return pageOf(data, total, { limit, offset, after, ...wanted }, ({ name, id }) => [name, id], resourceOf)
}

export async function agentById(reader: Reader, workspaceId: string, id: string): Promise<Agent | undefined> {
  const { db } = reader
  const found = db('read.agents').where({ id, workspace_id: workspaceId }).select(columns)
  const { data } = await reader.page<Agent>(found, db.select(db.raw('1')))
  return data[0] === undefined ? undefined : resourceOf(data[0])
}

/** Open and pending conversations that are assigned to the agent, by id, after one. */
export async function openConversationsOf(
  reader: Reader,
  {
    workspaceId,
    agentId,
    after,
    limit,
  }: { workspaceId: string; agentId: string; after?: string | undefined; limit: number },
): Promise<string[]> {
  const { db } = reader
  const found = db('read.conversations')
    .where({ workspace_id: workspaceId, assigned_agent_id: agentId })
    .whereIn('status', ['open', 'pending'])
    .orderBy('id')
    .limit(limit)
    .select('id')
  if (after !== undefined) found.where('id', '>', after)
  const { data } = await reader.page<{ id: string }>(found, db.select(db.raw('1')))
  return data.map(({ id }) => id)
}

function resourceOf({ addedAt, removedAt, ...agent }: Agent): Agent {
  return { ...agent, addedAt: utc(addedAt), removedAt: removedAt === null ? null : utc(removedAt) }
}
