import type { Reader } from '../reader.ts'

/**
 * The rows of several queries at one instant: one statement sees one state of the tables, so that the figures of one answer agree.
 * Each query may name `:workspaceId`. Numbers come as numbers, times as ISO texts of Postgres.
 */
export async function snapshot<R extends Record<string, unknown>>(
  reader: Reader,
  workspaceId: string,
  queries: { readonly [Name in keyof R & string]: string },
): Promise<{ [Name in keyof R]: R[Name][] }> {
  const parts = Object.entries<string>(queries).map(
    ([name, sql]) => `(select coalesce(json_agg(q), '[]'::json) from (${sql}) q) as "${name}"`,
  )
  const [row] = await reader.rows<{ [Name in keyof R]: R[Name][] }>(`select ${parts.join(',\n')}`, { workspaceId })
  if (row === undefined) throw new Error('a statement without a condition answered no row')
  return row
}
