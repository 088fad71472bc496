import type { Reader } from '../reader.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Names = Record<string, string | null>

/** The names of these people of a workspace, by id. What is no id (senders of imported messages may be called anything) has none. */
export async function namesOf(
  reader: Reader,
  kind: 'contacts' | 'agents',
  workspaceId: string,
  ids: readonly string[],
): Promise<Names> {
  const asked = ids.filter((id) => uuid.test(id))
  if (asked.length === 0) return {}
  const rows = await reader.rows<{ id: string; name: string | null }>(
    `select id, name from read.${kind} where workspace_id = :workspaceId and id = any(:asked::uuid[])`,
    { workspaceId, asked: `{${asked.join(',')}}` },
  )
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]))
}
