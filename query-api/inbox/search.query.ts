import type { Reader } from '../reader.ts'
import type { Filter } from './filter.ts'
import { gather } from './gather.query.ts'
import type { ConversationPage, Listing } from './inbox.query.ts'
import { lookThrough } from './look-through.query.ts'
import { type Bounds, type Sought, soughtBy, usualBounds } from './sought.ts'
import { contacts, said, visitors } from './sources.ts'

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
    const first = (await isCommon(careful, sought, listing.filter, bounds)) ? await look() : undefined
    if (first?.enough) return first.page
    const gathered = await gather(careful, sought, listing, bounds)
    return gathered ?? (first ?? (await look())).page
  })
}

interface Plan {
  'Node Type': string
  'Plan Rows': number
  Plans?: Plan[]
}

/** Whether Postgres, which knows the commonest words of its tables, expects too much to gather. A wrong guess costs time alone. */
async function isCommon({ db, raw }: Reader, sought: Sought, filter: Filter, { gathered }: Bounds): Promise<boolean> {
  const sources = [visitors(db, sought, filter), contacts(db, sought, filter), said(db, sought)]
  const [row] = await raw<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    'explain (format json) (?) union all (?) union all (?)',
    sources,
  )
  const plan = row?.['QUERY PLAN'][0].Plan
  const plans = plan?.['Node Type'] === 'Append' ? (plan.Plans ?? []) : plan === undefined ? [] : [plan]
  return plans.some((one) => one['Plan Rows'] > gathered)
}
