import { checkDraft, type DraftChecked } from '../../flow-engine/domain/graph/read.ts'
import { type Templates, templatesSent } from '../../flow-engine/domain/graph/templates.ts'
import { sharedKeywords } from '../../flow-engine/domain/triggers/keywords.ts'
import { flowView } from '../../flow-engine/domain/views/flow.ts'
import { utc } from '../../schemas/event-time.ts'
import type { FlowDraft, FlowSettings } from '../../schemas/flow/events.ts'
import type { FlowData } from '../../schemas/flow/graph.ts'
import type { Flow, ListedFlow } from '../../schemas/flow/resource.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Place } from './place.ts'

/** A row as JSON brings it: times not yet in our form. */
interface Read {
  id: string
  name: string
  active: boolean
  startTemplate: string | null
  flowData: FlowData
  settings: FlowSettings
  version: number
  unpublished: boolean
  createdAt: string
  updatedAt: string
  revision: number
}

type Listed = Omit<Read, 'flowData'> & { flowData: FlowData | null }

/** Of a flow `f` with its latest version `v`. JSON is compared by what it holds, whatever the order of its fields. */
const columns = `f.id, f.name, f.active, f.start_template as "startTemplate", f.settings, f.version,
  case when f.flow_data::text = v.flow_data::text
    then (f.name, f.start_template, f.settings::jsonb) is distinct from (v.name, v.start_template, v.settings::jsonb)
    else (f.name, f.start_template, f.settings::jsonb, f.flow_data::jsonb)
      is distinct from (v.name, v.start_template, v.settings::jsonb, v.flow_data::jsonb) end as unpublished,
  f.created_at as "createdAt", f.updated_at as "updatedAt", f.revision`
/** Characters of a graph that a list shows: a page has up to a hundred of them. */
const longest = 100_000
const joined = 'read.flows f left join read.flow_versions v on v.flow_id = f.id and v.version = f.version'

/** The flows of a workspace, the oldest first. */
export async function flowPage(
  reader: Reader,
  { workspaceId, active }: { workspaceId: string; active: boolean | undefined },
  wanted: Wanted<Place>,
) {
  const mine = `workspace_id = :workspaceId and deleted_at is null ${active === undefined ? '' : 'and active = :active'}`
  const after = wanted.after === undefined ? '' : 'and (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))'
  const [row] = await reader.rows<{ total: string; data: Listed[] }>(
    `select (select count(*) from read.flows where ${mine}) as total, coalesce((
       select json_agg(page) from (
         select ${columns}, case when length(f.flow_data::text) <= ${longest} then f.flow_data end as "flowData"
         from ${joined} where f.id in (
           select id from read.flows where ${mine} ${after} order by created_at, id offset :offset limit :limit)
         order by f.created_at, f.id) page), '[]') as data`,
    {
      workspaceId,
      offset: wanted.offset,
      limit: wanted.limit + 1,
      ...(active === undefined ? {} : { active }),
      ...wanted.after,
    },
  )
  const place = ({ createdAt, id }: Listed) => [utc(createdAt), id]
  const rows = await withKeywords(reader, workspaceId, (row?.data ?? []).map(checkedOf))
  const templates = await templatesOf(reader, workspaceId, rows)
  return pageOf(rows, Number(row?.total ?? 0), wanted, ({ row }) => place(row), listedWith(templates))
}

export async function flowById(
  reader: Reader,
  workspaceId: string,
  id: string,
): Promise<{ flow: Flow; revision: number } | undefined> {
  const [row] = await reader.rows<{ found: Read }>(
    `select row_to_json(one) as found from (
       select ${columns}, f.flow_data as "flowData" from ${joined}
       where f.id = :id and f.workspace_id = :workspaceId and f.deleted_at is null) one`,
    { id, workspaceId },
  )
  if (row === undefined) return undefined
  const [found] = await withKeywords(reader, workspaceId, [checkedOf(row.found)])
  if (found === undefined) return undefined
  const templates = await templatesOf(reader, workspaceId, [found])
  return { flow: resourceOf(found, templates), revision: row.found.revision }
}

/** Whether the workspace has such a flow; one that is deleted counts only where its past is asked for. */
export async function hasFlow(
  reader: Reader,
  workspaceId: string,
  id: string,
  { deleted = false }: { deleted?: boolean } = {},
): Promise<boolean> {
  const rows = await reader.rows(
    `select id from read.flows where id = :id and workspace_id = :workspaceId ${deleted ? '' : 'and deleted_at is null'}`,
    { id, workspaceId },
  )
  return rows.length > 0
}

/** What starts the active flows of a workspace: the settings of the version that is active, not of the draft. */
export async function flowTriggers(reader: Reader, workspaceId: string) {
  const rows = await reader.rows<{ flowId: string; version: number; settings: FlowSettings }>(
    `select f.id as "flowId", f.version, v.settings
     from read.flows f join read.flow_versions v on v.flow_id = f.id and v.version = f.version
     where f.workspace_id = :workspaceId and f.active and f.deleted_at is null order by f.created_at, f.id`,
    { workspaceId },
  )
  return rows.map(({ flowId, version, settings: { triggers } }) => {
    return { flowId, version, keywords: triggers.keywords, onConversationStart: triggers.on_conversation_start }
  })
}

interface Checked {
  row: Listed
  draft: FlowDraft
  checked: DraftChecked
}

/** A graph that is too long for a list is neither shown nor looked through. */
function checkedOf(row: Listed): Checked {
  const { name, startTemplate, settings, flowData } = row
  const draft = { name, startTemplate, settings, flowData: flowData ?? { nodes: [], edges: [] } }
  return { row, draft, checked: checkDraft(draft.flowData, draft) }
}

/** The same flows, warned of keywords that active ones have as well. */
async function withKeywords(reader: Reader, workspaceId: string, flows: readonly Checked[]): Promise<Checked[]> {
  if (flows.every(({ draft }) => draft.settings.triggers.keywords.length === 0)) return [...flows]
  const rows = await reader.rows<{ flowId: string; name: string; settings: FlowSettings }>(
    `select f.id as "flowId", f.name, v.settings
     from read.flows f join read.flow_versions v on v.flow_id = f.id and v.version = f.version
     where f.workspace_id = :workspaceId and f.active and f.deleted_at is null`,
    { workspaceId },
  )
  const active = rows.map(({ flowId, name, settings }) => ({ flowId, name, keywords: settings.triggers.keywords }))
  return flows.map(({ row, draft, checked }) => {
    const shared = sharedKeywords({ flowId: row.id, keywords: draft.settings.triggers.keywords }, active)
    return { row, draft, checked: { ...checked, warnings: [...shared, ...checked.warnings] } }
  })
}

/** The templates that these flows send; of those that show no variable, the body is not needed. */
async function templatesOf(reader: Reader, workspaceId: string, flows: readonly Checked[]): Promise<Templates> {
  const ids = [...new Set(flows.flatMap(({ checked }) => templatesSent(checked.nodes)))]
  if (ids.length === 0) return new Map()
  const rows = await reader.rows<{ id: string } & Pick<TemplateFacts, 'name' | 'body' | 'buttons'>>(
    `select id, name, buttons, case when strpos(body, '{{') > 0 then body else '' end as body from read.templates
     where workspace_id = :workspaceId and deleted_at is null and id = any(:ids::uuid[])`,
    { workspaceId, ids },
  )
  return new Map(rows.map(({ id, ...template }) => [id, template]))
}

const listedWith =
  (templates: Templates) =>
  (flow: Checked): ListedFlow => ({ ...resourceOf(flow, templates), flow_data: flow.row.flowData })

function resourceOf({ row, draft, checked }: Checked, templates: Templates): Flow {
  const { id, active, version, unpublished, createdAt, updatedAt } = row
  const facts = { id, draft, active, version, unpublished, createdAt: utc(createdAt), updatedAt: utc(updatedAt) }
  return flowView(facts, checked, templates)
}
