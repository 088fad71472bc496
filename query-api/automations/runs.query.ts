import type { AutomationRun } from '../../schemas/automation/resource.ts'
import { utc } from '../../schemas/event-time.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'

/** In the order of the list: the latest first. */
export type Place = { startedAt: string; id: string }

export interface Asked {
  automationId: string
  outcome?: AutomationRun['outcome'] | undefined
}

const columns = `id, automation_id as "automationId", conversation_id as "conversationId", trigger, event_id as "eventId", depth,
  conditions, outcome, skipped, actions, started_at as "startedAt", finished_at as "finishedAt"`

export async function runPage(reader: Reader, { automationId, outcome }: Asked, wanted: Wanted<Place>) {
  const { limit, offset, after } = wanted
  const its = `automation_id = :automationId ${outcome === undefined ? '' : 'and outcome = :outcome'}`
  const [row] = await reader.rows<{ total: string; data: AutomationRun[] }>(
    `select (select coalesce(sum(n), 0) from read.automation_run_counts where ${its}) as total, coalesce((
       select json_agg(page) from (
         select ${columns} from read.automation_runs
         where ${its} ${after === undefined ? '' : 'and (started_at, id) < (cast(:startedAt as timestamptz), cast(:id as uuid))'}
         order by started_at desc, id desc offset :offset limit :limit) page), '[]') as data`,
    { automationId, outcome: outcome ?? null, offset, limit: limit + 1, ...after },
  )
  const place = ({ startedAt, id }: AutomationRun) => [utc(startedAt), id]
  return pageOf(row?.data ?? [], Number(row?.total ?? 0), wanted, place, resourceOf)
}

function resourceOf({ startedAt, finishedAt, ...run }: AutomationRun): AutomationRun {
  return { ...run, startedAt: utc(startedAt), finishedAt: finishedAt === null ? null : utc(finishedAt) }
}
