import { configOf } from '../../schemas/channel/config.ts'
import type { ChannelType } from '../../schemas/channel/events.ts'
import type { Reader } from '../reader.ts'

/** As the answer has it; its form is that of its type. */
export type FoundChannel = { channel: Record<string, unknown>; revision: number }

interface Read {
  id: string
  workspaceId: string
  type: ChannelType
  name: string
  active: boolean
  config: unknown
  siteKey: string | null
  secretsSet: string[]
  createdAt: Date
  revision: number
}

const columns = `id, workspace_id as "workspaceId", type, name, active, config, site_key as "siteKey",
  secret_names as "secretsSet", created_at as "createdAt", revision`

/** All of a workspace, the oldest first. */
export async function channelsOf(reader: Reader, workspaceId: string): Promise<Record<string, unknown>[]> {
  const rows = await reader.rows<Read>(
    `select ${columns} from read.channels where workspace_id = :workspaceId and deleted_at is null
     order by created_at, id`,
    { workspaceId },
  )
  return rows.map((row) => foundOf(row).channel)
}

export async function channelById(reader: Reader, workspaceId: string, id: string): Promise<FoundChannel | undefined> {
  const [row] = await reader.rows<Read>(
    `select ${columns} from read.channels where id = :id and workspace_id = :workspaceId and deleted_at is null`,
    { id, workspaceId },
  )
  return row === undefined ? undefined : foundOf(row)
}

/** Those that are open or pending, by id. */
export async function openConversationsIn(reader: Reader, workspaceId: string, channelId: string, limit: number) {
  const rows = await reader.rows<{ id: string }>(
    `select id from read.conversations
     where workspace_id = :workspaceId and status in ('open', 'pending') and channel_id = :channelId
     order by id limit :limit`,
    { workspaceId, channelId, limit },
  )
  return rows.map(({ id }) => id)
}

function foundOf({ config, createdAt, revision, ...facts }: Read): FoundChannel {
  const channel = { ...facts, config: configOf(facts.type, config), createdAt: createdAt.toISOString() }
  return { channel, revision }
}
