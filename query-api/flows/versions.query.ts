import { utc } from '../../schemas/event-time.ts'
import type { FlowSettings } from '../../schemas/flow/events.ts'
import type { FlowData } from '../../schemas/flow/graph.ts'
import type { FlowVersion } from '../../schemas/flow/resource.ts'
import { isCount } from '../cursor-parts.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'

interface Brief {
  version: number
  name: string
  startTemplate: string | null
  active: boolean
  nodes: number
  activatedAt: Date
}

const columns = `v.version, v.name, v.start_template as "startTemplate", v.nodes, v.activated_at as "activatedAt",
  f.active and f.version = v.version as active`
const joined = `read.flow_versions v join read.flows f on f.id = v.flow_id
  where f.id = :id and f.workspace_id = :workspaceId and f.deleted_at is null`

/** Numbers of versions: after one come those before it. */
export function versionPlaceOf([version]: readonly unknown[]): { version: number } | undefined {
  return isCount(version) ? { version } : undefined
}

/** The versions of a flow, the latest first. */
export async function versionPage(
  reader: Reader,
  { workspaceId, id }: { workspaceId: string; id: string },
  wanted: Wanted<{ version: number }>,
) {
  const after = wanted.after === undefined ? '' : 'and v.version < :version'
  const [[count], rows] = await Promise.all([
    reader.rows<{ total: string }>(`select count(*) as total from ${joined}`, { workspaceId, id }),
    reader.rows<Brief>(
      `select ${columns} from ${joined} ${after} order by v.version desc offset :offset limit :limit`,
      { workspaceId, id, offset: wanted.offset, limit: wanted.limit + 1, ...wanted.after },
    ),
  ])
  return pageOf(rows, Number(count?.total ?? 0), wanted, ({ version }) => [version], briefOf)
}

export async function versionOf(
  reader: Reader,
  { workspaceId, id, version }: { workspaceId: string; id: string; version: number },
): Promise<FlowVersion | undefined> {
  const [row] = await reader.rows<Brief & { flowData: FlowData; settings: FlowSettings }>(
    `select ${columns}, v.flow_data as "flowData", v.settings from ${joined} and v.version = :version`,
    { workspaceId, id, version },
  )
  return row && { ...briefOf(row), flow: id, flow_data: row.flowData, settings: row.settings }
}

function briefOf({ version, name, startTemplate, active, nodes, activatedAt }: Brief) {
  const activated_at = utc(activatedAt.toISOString())
  return { version, name, start_template: startTemplate, is_active: active, nodes, activated_at }
}
