import type { Widget } from '../../schemas/widget/events.ts'
import { embedCodeOf, type PublicWidget } from '../../schemas/widget/resource.ts'
import type { BusinessHours } from '../../schemas/workspace/settings.ts'
import type { Reader } from '../reader.ts'
import { isOpenAt } from './online.ts'

/** A widget with the revision of its stream. */
export interface Found {
  widget: Widget
  revision: number
}

type Read = Omit<Widget, 'embedCode' | 'createdAt'> & { createdAt: Date; revision: number }

const columns = `w.id, w.workspace_id as "workspaceId", w.name, w.welcome_message as "welcomeMessage",
  w.ai_enabled as "aiEnabled", w.theme_color as "themeColor", w.auto_assign as "autoAssign",
  w.offline_message as "offlineMessage", w.identity_verification as "identityVerification",
  w.allowed_origins as "allowedOrigins", w.flow_id as "flowId", w.business_hours as "businessHours", w.active,
  w.created_at as "createdAt", w.revision`

/** All of a workspace, the oldest first. */
export async function widgetsOf(reader: Reader, workspaceId: string, publicUrl: string): Promise<Widget[]> {
  const rows = await reader.rows<Read>(
    `select ${columns} from read.widgets w where w.workspace_id = :workspaceId and w.deleted_at is null
     order by w.created_at, w.id`,
    { workspaceId },
  )
  return rows.map((row) => foundOf(row, publicUrl).widget)
}

export async function widgetById(
  reader: Reader,
  workspaceId: string,
  id: string,
  publicUrl: string,
): Promise<Found | undefined> {
  const [row] = await reader.rows<Read>(
    `select ${columns} from read.widgets w
     where w.id = :id and w.workspace_id = :workspaceId and w.deleted_at is null`,
    { id, workspaceId },
  )
  return row === undefined ? undefined : foundOf(row, publicUrl)
}

/** What visitors may know of a widget that is active, and who may show it. */
export async function publicWidgetById(
  reader: Reader,
  id: string,
  now: Date,
): Promise<{ widget: PublicWidget; workspaceId: string; allowedOrigins: readonly string[] } | undefined> {
  const [row] = await reader.rows<Read & { timeZone: string; locale: string; workspaceHours: BusinessHours | null }>(
    `select ${columns}, s.time_zone as "timeZone", s.locale, s.business_hours as "workspaceHours"
     from read.widgets w join read.workspaces s on s.id = w.workspace_id
     where w.id = :id and w.deleted_at is null and w.active`,
    { id },
  )
  if (row === undefined) return undefined
  const { name, welcomeMessage, themeColor, offlineMessage, aiEnabled, identityVerification, locale } = row
  const online = isOpenAt(row.businessHours ?? row.workspaceHours, row.timeZone, now)
  const drawn = {
    id,
    name,
    welcomeMessage,
    themeColor,
    offlineMessage,
    aiEnabled,
    identityVerification,
    online,
    locale,
  }
  return { widget: drawn, workspaceId: row.workspaceId, allowedOrigins: row.allowedOrigins }
}

function foundOf({ createdAt, revision, ...settings }: Read, publicUrl: string): Found {
  const embedCode = embedCodeOf(settings.id, publicUrl)
  return { widget: { ...settings, embedCode, createdAt: createdAt.toISOString() }, revision }
}
