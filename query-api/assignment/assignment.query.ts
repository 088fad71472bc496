import type { AssignmentSituation } from '../../schemas/assignment/resource.ts'
import type { AutoAssignment } from '../../schemas/workspace/settings.ts'
import type { Reader } from '../reader.ts'

/** Agents in the order of their ids. */
export async function situationOf(reader: Reader, workspaceId: string, limit: number): Promise<AssignmentSituation> {
  const [waiting, agents, stranded] = await Promise.all([
    reader.rows<{ id: string; openedAt: Date }>(waitingSql, { workspaceId, limit }),
    reader.rows<{ id: string; available: boolean; load: number; assignedAt: Date | null }>(agentsSql, { workspaceId }),
    reader.rows<{ id: string; agentId: string }>(strandedSql, { workspaceId, limit }),
  ])
  return {
    waiting: waiting.map(({ id, openedAt }) => ({ id, openedAt: openedAt.toISOString() })),
    agents: agents.map(({ assignedAt, ...rest }) => ({ ...rest, assignedAt: assignedAt?.toISOString() ?? null })),
    stranded,
  }
}

export async function loadOf(reader: Reader, workspaceId: string, agentId: string): Promise<number> {
  const [row] = await reader.rows<{ load: number }>(
    `select cast(count(*) as integer) as load from read.conversations c
     where c.workspace_id = :workspaceId and c.assigned_agent_id = :agentId and c.status in ('open', 'pending')`,
    { workspaceId, agentId },
  )
  return row?.load ?? 0
}

export async function dueWorkspaces(reader: Reader, after: string | undefined, limit: number) {
  return reader.rows<{ id: string; mode: AutoAssignment['mode']; retentionDays: number | null }>(
    `select id, assignment_mode as mode, retention_days as "retentionDays" from read.workspaces
     where (assignment_mode <> 'off' or retention_days is not null) and id > :after order by id limit :limit`,
    { after: after ?? '00000000-0000-0000-0000-000000000000', limit },
  )
}

/** Each widget and channel that assigns by itself gives its oldest; these are merged. */
const waitingSql = `
  with sources as (
    select id from read.widgets where workspace_id = :workspaceId and auto_assign
    union all
    select id from read.channels where workspace_id = :workspaceId and config ->> 'autoAssign' = 'true'
  )
  select oldest.id, oldest.opened_at as "openedAt"
  from sources cross join lateral (
    select c.id, c.opened_at from read.conversations c
    where coalesce(c.widget_id, c.channel_id) = sources.id and c.status = 'open' and c.assigned_agent_id is null
      and c.flow_run_id is null
    order by c.opened_at, c.id limit :limit
  ) oldest
  order by oldest.opened_at, oldest.id limit :limit`

const agentsSql = `
  select a.id, a.available,
    (select cast(count(*) as integer) from read.conversations c
     where c.workspace_id = a.workspace_id and c.assigned_agent_id = a.id and c.status in ('open', 'pending')) as load,
    (select max(m.assigned_at) from read.assignments m
     where m.workspace_id = a.workspace_id and m.agent_id = a.id) as "assignedAt"
  from read.agents a where a.workspace_id = :workspaceId and a.removed_at is null
  order by a.id`

const strandedSql = `
  select c.id, c.assigned_agent_id as "agentId"
  from read.agents a join read.conversations c
    on c.workspace_id = a.workspace_id and c.assigned_agent_id = a.id and c.status in ('open', 'pending')
  where a.workspace_id = :workspaceId and a.removed_at is not null
  order by c.id limit :limit`
