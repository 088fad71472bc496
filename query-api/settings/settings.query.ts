import type { Workspace } from '../../schemas/workspace/resource.ts'
import type { AutoAssignment } from '../../schemas/workspace/settings.ts'
import type { Reader } from '../reader.ts'

type Read = Omit<Workspace, 'autoAssignment'> & AutoAssignment & { revision: number }

/** With the revision of its stream. */
export async function settingsOf(
  reader: Reader,
  workspaceId: string,
): Promise<{ workspace: Workspace; revision: number } | undefined> {
  const [row] = await reader.rows<Read>(
    `select id, name, time_zone as "timeZone", locale, business_hours as "businessHours", assignment_mode as mode,
       assignment_capacity as capacity, retention_days as "retentionDays", revision
     from read.workspaces where id = :workspaceId`,
    { workspaceId },
  )
  if (row === undefined) return undefined
  const { mode, capacity, revision, ...settings } = row
  return { workspace: { ...settings, autoAssignment: { mode, capacity } }, revision }
}
