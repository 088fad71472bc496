import type { Reader } from '../reader.ts'
import { gather } from './gather.query.ts'
import type { ConversationPage, Listing } from './inbox.query.ts'
import { lookThrough } from './look-through.query.ts'
import { type Bounds, type Sought, soughtBy, usualBounds } from './sought.ts'

/**
 * A page of what a search finds, by bounded work whatever is searched for (docs/decisions/search.md). What is rare is gathered from its
 * index and sorted. What is common is found by looking through the latest conversations of the list: the total is then a least one,
 * and if that does not fill the page, the page is short and its cursor goes on from there.
 */
export function searchPage(
  reader: Reader,
  search: string,
  listing: Listing,
  bounds: Bounds = usualBounds,
): Promise<ConversationPage> {
  const sought = soughtBy(search, listing.filter.workspaceId)
  return reader.byIndex(async (careful) => {
    const look = () => lookThrough(careful, sought, listing, bounds)
    const first = (await isCommon(careful, sought, bounds)) ? await look() : undefined
    if (first?.enough) return first.page
    const gathered = await gather(careful, sought, listing, bounds)
    return gathered ?? (first ?? (await look())).page
  })
}

/** Whether Postgres, which knows the commonest words of the table, expects too many messages to gather. A wrong guess costs time alone. */
async function isCommon(reader: Reader, { words }: Sought, { gathered }: Bounds): Promise<boolean> {
  if (words === undefined) return false
  const [row] = await reader.rows<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    'explain (format json) select from read.search_words where words @> :words::int[]',
    { words },
  )
  return (row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0) > gathered
}
