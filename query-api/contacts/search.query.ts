import type { Reader } from '../reader.ts'

/** SQL that finds contacts: `rows` the body of a common table expression with `id` and `created_at`, `total` how many it has. */
export interface Found {
  rows: string
  total: string
  bindings: Readonly<Record<string, string>>
}

/** Up to so many rows are gathered and sorted; where there are more, the newest are soon met in the order of the list. */
const gathered = 20_000
/** A search is counted no further than this. */
const countedTo = 1000

/** How to find the contacts of a workspace that have each of these terms, or one that begins so. At least one term. */
export async function contactsFound(reader: Reader, workspaceId: string, wanted: readonly string[]): Promise<Found> {
  const counted = await Promise.all(
    wanted.map(async (term) => ({ term, count: await matches(reader, workspaceId, term) })),
  )
  const terms = counted.sort((a, b) => a.count - b.count)
  const bindings = Object.fromEntries(terms.map(({ term }, index) => [`term${index}`, beginning(term)]))
  const broad = terms.every(({ count }) => count >= gathered)
  if (broad && terms.length === 1) return { ...walk, bindings }
  // The rarest term finds; where even that is frequent, the two rarest together.
  const finding = broad ? 2 : 1
  const ranges = terms.slice(0, finding).map((_, index) => rangeOf(index))
  const others = terms.slice(finding).map((_, index) => `and exists (${ofContact('r.contact_id', index + finding)})`)
  const rows = `materialized (select r.contact_id as id, r.created_at from (${ranges.join(' intersect ')}) r where true ${others.join(' ')})`
  return { rows, total: `select least(count(*), ${countedTo}) from found`, bindings }
}

/** How many terms begin so; counted no further than can be gathered. */
async function matches(reader: Reader, workspaceId: string, term: string): Promise<number> {
  const [row] = await reader.rows<{ n: string }>(
    `select count(*) as n from (
       select 1 from read.contact_terms where workspace_id = :workspaceId and term like :term limit ${gathered}) counted`,
    { workspaceId, term: beginning(term) },
  )
  return Number(row?.n ?? 0)
}

const rangeOf = (index: number) =>
  `select distinct contact_id, created_at from read.contact_terms where workspace_id = :workspaceId and term like :term${index}`

/** The offset keeps the planner from turning it round: there is no index of terms but by workspace. */
const ofContact = (id: string, index: number) =>
  `select 1 from read.contact_terms t where t.contact_id = ${id} and t.term like :term${index} offset 0`

/** Through the list from the newest on, until the page is full. */
const walk = {
  rows: `not materialized (
    select c.id, c.created_at from read.contacts c
    where c.workspace_id = :workspaceId and c.erased_at is null and exists (${ofContact('c.id', 0)}))`,
  total: `select ${countedTo}`,
}

function beginning(term: string): string {
  return `${term.replace(/[\\%_]/g, '\\$&')}%`
}
