import { utc } from '../../schemas/event-time.ts'
import type { Run } from '../../schemas/flow-run/queries.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Place } from './place.ts'

export interface RunFilter {
  workspaceId: string
  flow?: string | undefined
  conversation?: string | undefined
  status?: 'active' | 'ended' | undefined
}

type Times = 'until' | 'started_at' | 'ended_at' | 'updated_at'
type Read = Omit<Run, Times> & { until: Date | null; started_at: Date; ended_at: Date | null; updated_at: Date }

const columns = `id, flow_id as flow, version, conversation_id as conversation, contact_id as contact, status, outcome, why,
  started_by, starter_id as starter, step, node_id as node, waiting_for, until, misses, started_at, ended_at, updated_at`

/** Runs, the newest first. */
export async function runPage(reader: Reader, filter: RunFilter, wanted: Wanted<Place>) {
  const { workspaceId, flow, conversation, status } = filter
  const bindings = {
    workspaceId,
    ...(flow === undefined ? {} : { flow }),
    ...(conversation === undefined ? {} : { conversation }),
    ...(status === undefined ? {} : { status }),
  }
  const where = [
    'workspace_id = :workspaceId',
    ...(flow === undefined ? [] : ['flow_id = :flow']),
    ...(conversation === undefined ? [] : ['conversation_id = :conversation']),
    ...(status === undefined ? [] : ['status = :status']),
  ].join(' and ')
  const after = wanted.after === undefined ? '' : 'and (started_at, id) < (cast(:at as timestamptz), cast(:id as uuid))'
  // A conversation has few runs; of the others there are counters.
  const total =
    conversation === undefined
      ? `select coalesce(sum(n), 0) as total from read.flow_run_counts where ${where}`
      : `select count(*) as total from read.flow_runs where ${where}`
  const [[count], rows] = await Promise.all([
    reader.rows<{ total: string }>(total, bindings),
    reader.rows<Read>(
      `select ${columns} from read.flow_runs where ${where} ${after}
       order by started_at desc, id desc offset :offset limit :limit`,
      { ...bindings, offset: wanted.offset, limit: wanted.limit + 1, ...wanted.after },
    ),
  ])
  const place = ({ started_at, id }: Read) => [utc(started_at.toISOString()), id]
  return pageOf(rows, Number(count?.total ?? 0), wanted, place, resourceOf)
}

interface ReadStep {
  step: number
  node: string
  type: string
  again: boolean
  entered_at: Date
  left_at: Date | null
  edge: string | null
  trigger: string | null
  result: string | null
  why: string | null
}

export async function runById(reader: Reader, workspaceId: string, id: string) {
  const [row] = await reader.rows<Read & { revision: number }>(
    `select ${columns}, revision from read.flow_runs where id = :id and workspace_id = :workspaceId`,
    { id, workspaceId },
  )
  if (row === undefined) return undefined
  const steps = await reader.rows<ReadStep>(
    `select step, node_id as node, node_type as type, again, entered_at, left_at, edge_id as edge, trigger, result, why
     from read.flow_run_steps where run_id = :id order by step`,
    { id },
  )
  const { revision, ...run } = row
  const shown = steps.map((one) => ({ ...one, entered_at: timeOf(one.entered_at), left_at: timeOrNull(one.left_at) }))
  return { run: { ...resourceOf(run), steps: shown }, revision }
}

interface ReadActive {
  id: string
  workspaceId: string
  flowId: string
  conversationId: string
  step: number
  waitingFor: 'reply' | 'time' | null
  until: Date | null
  updatedAt: Date
}

/** Runs under way, of all workspaces, by id. */
export async function activeRuns(reader: Reader, after: string | undefined, limit: number) {
  const rows = await reader.rows<ReadActive>(
    `select id, workspace_id as "workspaceId", flow_id as "flowId", conversation_id as "conversationId", step,
       waiting_for as "waitingFor", until, updated_at as "updatedAt"
     from read.flow_runs where status = 'active' ${after === undefined ? '' : 'and id > :after'} order by id limit :limit`,
    { limit, ...(after === undefined ? {} : { after }) },
  )
  return rows.map((row) => ({ ...row, until: timeOrNull(row.until), updatedAt: timeOf(row.updatedAt) }))
}

function resourceOf(row: Read): Run {
  const { until, started_at, ended_at, updated_at } = row
  return {
    ...row,
    until: timeOrNull(until),
    started_at: timeOf(started_at),
    ended_at: timeOrNull(ended_at),
    updated_at: timeOf(updated_at),
  }
}

const timeOf = (time: Date) => utc(time.toISOString())
const timeOrNull = (time: Date | null) => (time === null ? null : timeOf(time))
