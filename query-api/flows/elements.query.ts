import { utc } from '../../schemas/event-time.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { ElementPlace } from './place.ts'

export type ElementKind = 'node' | 'edge'

interface Read<E> {
  flow: string
  element: E
  n: string
  createdAt: Date
}

/** Nodes or edges of the drafts of a workspace, or of one of its flows, in the order of the flows and of their graphs. */
export async function elementPage<E, T>(
  reader: Reader,
  kind: ElementKind,
  { workspaceId, flow }: { workspaceId: string; flow: string | undefined },
  wanted: Wanted<ElementPlace>,
  view: (flow: string, element: E) => T,
) {
  const mine = `f.workspace_id = :workspaceId and f.deleted_at is null ${flow === undefined ? '' : 'and f.id = :flow'}`
  const ids: Record<string, string> = flow === undefined ? {} : { flow }
  // Graphs that lie before the place are not even opened.
  const after =
    wanted.after === undefined
      ? ''
      : `and (f.created_at, f.id) >= (cast(:at as timestamptz), cast(:id as uuid))
         and (f.created_at, f.id, e.n) > (cast(:at as timestamptz), cast(:id as uuid), cast(:n as bigint))`
  const [[count], rows] = await Promise.all([
    reader.rows<{ total: string | null }>(
      `select sum(cardinality(f.${kind}_ids)) as total from read.flows f where ${mine}`,
      { workspaceId, ...ids },
    ),
    reader.rows<Read<E>>(
      `select f.id as flow, e.element, e.n, f.created_at as "createdAt"
       from read.flows f, json_array_elements(f.flow_data->'${kind}s') with ordinality as e(element, n)
       where ${mine} ${after} order by f.created_at, f.id, e.n offset :offset limit :limit`,
      { workspaceId, offset: wanted.offset, limit: wanted.limit + 1, ...ids, ...wanted.after },
    ),
  ])
  const place = ({ createdAt, flow, n }: Read<E>) => [utc(createdAt.toISOString()), flow, Number(n)]
  return pageOf(rows, Number(count?.total ?? 0), wanted, place, (row) => view(row.flow, row.element))
}

/** Flows of a workspace whose draft holds such an element: two at most, for who wants to know whether there is only one. */
export async function flowsOfElement(reader: Reader, workspaceId: string, kind: ElementKind, element: string) {
  const rows = await reader.rows<{ id: string }>(
    `select id from read.flows where workspace_id = :workspaceId and deleted_at is null and :element = any(${kind}_ids)
     order by id limit 2`,
    { workspaceId, element },
  )
  return rows.map(({ id }) => id)
}
