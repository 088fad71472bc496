import type { Reader } from '../reader.ts'
import { extentOf } from './extent.query.ts'
import { gather } from './gather.query.ts'
import type { ConversationPage, Listing } from './inbox.query.ts'
import { lookThrough } from './look-through.query.ts'
import { type Bounds, soughtBy, usualBounds } from './sought.ts'

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
    const { terms, common, tooMuch } = await extentOf(careful, sought, listing.filter, bounds)
    const first = common ? await look() : undefined
    if (first?.enough) return first.page
    const gathered = tooMuch ? undefined : await gather(careful, { ...sought, terms }, listing, bounds)
    return gathered ?? (first ?? (await look())).page
  })
}
