import { templateView } from '../../flow-engine/domain/views/template.ts'
import { utc } from '../../schemas/event-time.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'
import type { Template } from '../../schemas/template/resource.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Place } from './place.ts'

type Read = TemplateFacts & { id: string; createdAt: Date; updatedAt: Date; revision: number }

const columns = `id, name, body, buttons, whatsapp, created_at as "createdAt", updated_at as "updatedAt", revision`
const mine = 'workspace_id = :workspaceId and deleted_at is null'

/** The message templates of a workspace, the oldest first. */
export async function templatePage(reader: Reader, workspaceId: string, wanted: Wanted<Place>) {
  const after = wanted.after === undefined ? '' : 'and (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))'
  const [[count], rows] = await Promise.all([
    reader.rows<{ total: string }>(`select count(*) as total from read.templates where ${mine}`, { workspaceId }),
    reader.rows<Read>(
      `select ${columns} from read.templates where ${mine} ${after}
       order by created_at, id offset :offset limit :limit`,
      { workspaceId, offset: wanted.offset, limit: wanted.limit + 1, ...wanted.after },
    ),
  ])
  const place = ({ createdAt, id }: Read) => [utc(createdAt.toISOString()), id]
  return pageOf(rows, Number(count?.total ?? 0), wanted, place, resourceOf)
}

export async function templateById(
  reader: Reader,
  workspaceId: string,
  id: string,
): Promise<{ template: Template; revision: number } | undefined> {
  const [row] = await reader.rows<Read>(`select ${columns} from read.templates where ${mine} and id = :id`, {
    workspaceId,
    id,
  })
  return row && { template: resourceOf(row), revision: row.revision }
}

/** Flows whose draft or active version sends a template, or only the latter. */
export async function usesOf(
  reader: Reader,
  workspaceId: string,
  templateId: string,
  { active, limit }: { active: boolean; limit: number },
) {
  const drafted = active ? '' : 'or :templateId = any(template_ids)'
  return reader.rows<{ id: string; name: string }>(
    `select id, name from read.flows where ${mine} and (:templateId = any(active_template_ids) ${drafted})
     order by created_at, id limit :limit`,
    { workspaceId, templateId, limit },
  )
}

function resourceOf({ id, createdAt, updatedAt, revision: _, ...facts }: Read): Template {
  const times = { createdAt: utc(createdAt.toISOString()), updatedAt: utc(updatedAt.toISOString()) }
  return templateView(id, facts, times)
}
