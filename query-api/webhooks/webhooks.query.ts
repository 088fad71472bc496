import type { Webhook } from '../../schemas/webhook/resource.ts'
import type { Reader } from '../reader.ts'

type Read = Omit<Webhook, 'createdAt'> & { createdAt: Date; revision: number }

const columns = `id, workspace_id as "workspaceId", url, events, description, active,
  disabled_reason as "disabledReason", created_at as "createdAt", revision`

/** All of a workspace, the oldest first. */
export async function webhooksOf(reader: Reader, workspaceId: string): Promise<Webhook[]> {
  const rows = await reader.rows<Read>(
    `select ${columns} from read.webhooks where workspace_id = :workspaceId and deleted_at is null
     order by created_at, id`,
    { workspaceId },
  )
  return rows.map((row) => foundOf(row).webhook)
}

export async function webhookById(
  reader: Reader,
  workspaceId: string,
  id: string,
): Promise<{ webhook: Webhook; revision: number } | undefined> {
  const [row] = await reader.rows<Read>(
    `select ${columns} from read.webhooks where id = :id and workspace_id = :workspaceId and deleted_at is null`,
    { id, workspaceId },
  )
  return row && foundOf(row)
}

function foundOf({ createdAt, revision, ...facts }: Read): { webhook: Webhook; revision: number } {
  return { webhook: { ...facts, createdAt: createdAt.toISOString() }, revision }
}
