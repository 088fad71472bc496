import type { Reader } from '../reader.ts'

/** In which a workspace counts its days; UTC before the projections have heard of it. */
export async function timeZoneOf(reader: Reader, workspaceId: string): Promise<string> {
  const [row] = await reader.rows<{ timeZone: string }>(
    'select time_zone as "timeZone" from read.workspaces where id = :workspaceId',
    { workspaceId },
  )
  return row?.timeZone ?? 'UTC'
}
