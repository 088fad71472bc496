import { pageOf } from '../page.ts'
import type { Reader } from '../reader.ts'
import { columns, type Read, resourceOf } from './columns.ts'
import { only } from './filter.ts'
import { type ConversationPage, type Listing, placeIn } from './inbox.query.ts'
import { follow } from './order.ts'
import type { Bounds, Sought } from './sought.ts'
import { known, said, visitors } from './sources.ts'

/**
 * A page of all that the indexes have on what is sought, its terms the rarest first, with the exact total; undefined where one of them
 * has too much.
 */
export async function gather(
  reader: Reader,
  sought: Sought,
  listing: Listing,
  { gathered: most }: Bounds,
): Promise<ConversationPage | undefined> {
  const { db } = reader
  const { filter, sort, wanted } = listing
  const { limit, offset, after } = wanted
  const sources = [visitors(db, sought, filter), known(db, sought.terms, filter), said(db, sought)]
  // One more than may be gathered shows that there are too many.
  for (const rows of sources) rows.limit(most + 1)
  const found = only(db('read.conversations as c').whereRaw('c.id in (select id from hits)'), filter).select('c.id')
  const shown = follow(db('read.conversations as c').whereRaw('c.id in (select id from found)'), sort, after)
  const text = `
    with visitors as materialized (?), known as materialized (?), said as materialized (?),
      too_many as (
        select greatest((select count(*) from visitors), (select count(*) from known), (select count(*) from said)) > ? as so),
      hits as (select id from visitors union select id from known union select id from said),
      found as materialized (?)
    select case when not (select so from too_many) then (select count(*)::int from found) end as total,
      case when not (select so from too_many) then (select coalesce(json_agg(page), '[]'::json) from (?) page) end as data`
  const [row] = await reader.raw<{ total: number | null; data: Read[] | null }>(text, [
    ...sources,
    most,
    found,
    shown
      .select(columns)
      .offset(offset)
      .limit(limit + 1),
  ])
  if (row === undefined || row.data === null || row.total === null) return undefined
  return { ...pageOf(row.data, row.total, wanted, placeIn(sort), resourceOf), totalIsExact: true }
}
