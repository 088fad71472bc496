import type { Reader } from '../reader.ts'
import { following, type Place } from './place.ts'

/** SQL that finds contacts: `rows` the body of a common table expression with `id` and `created_at`, `total` how many it has. */
export interface Found {
  rows: string
  total: string
  bindings: Readonly<Record<string, string>>
}

export interface Wanted {
  workspaceId: string
  /** At least one. */
  terms: readonly string[]
  after: Place | undefined
}

/** Up to so many rows of the rarest term are gathered and sorted, whatever they are. */
const gathered = 8000
/** Where there are more, so many contacts are looked at; with so many finds among them, the list is walked. */
const sample = 2000
const dense = 10
/** A search is counted no further than this. */
const countedTo = 1000

/** How to find the contacts of a workspace that have each of these terms, or one that begins so. */
export async function contactsFound(reader: Reader, { workspaceId, terms, after }: Wanted): Promise<Found> {
  const counting = terms.map(async (term) => ({ term, count: await matches(reader, workspaceId, term) }))
  const counted = (await Promise.all(counting)).sort((a, b) => a.count - b.count)
  const bindings = Object.fromEntries(counted.map(({ term }, index) => [`term${index}`, beginning(term)]))
  const frequent = counted.every(({ count }) => count >= gathered)
  const all = counted.map((_, index) => index)
  if (frequent && (await areDense(reader, { workspaceId, after, all, bindings }))) return { ...walk(all), bindings }
  // The rarest term finds; where even that is frequent, the two rarest together.
  const finding = all.slice(0, frequent ? 2 : 1)
  const rows = `materialized (
    select r.contact_id as id, r.created_at from (${finding.map(rangeOf).join(' intersect ')}) r
    where ${has('r.contact_id', all.slice(finding.length))})`
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

/** Whether the page is soon full when one walks through the list from here. */
async function areDense(
  reader: Reader,
  { workspaceId, after, all, bindings }: Omit<Wanted, 'terms'> & Pick<Found, 'bindings'> & { all: readonly number[] },
): Promise<boolean> {
  const [row] = await reader.rows<{ n: string }>(
    `select count(*) as n from (
       select id from read.contacts where workspace_id = :workspaceId and erased_at is null and ${following(after)}
       order by created_at desc, id desc limit ${sample}) c
     where ${has('c.id', all)}`,
    { workspaceId, ...bindings, ...after },
  )
  return Number(row?.n ?? 0) >= dense
}

/** Through the list, until the page is full. */
function walk(all: readonly number[]): Omit<Found, 'bindings'> {
  const rows = `not materialized (
    select c.id, c.created_at from read.contacts c
    where c.workspace_id = :workspaceId and c.erased_at is null and ${has('c.id', all)})`
  return { rows, total: `select ${countedTo}` }
}

const rangeOf = (index: number) =>
  `select distinct contact_id, created_at from read.contact_terms where workspace_id = :workspaceId and term like :term${index}`

/** That a contact has these terms. The offset keeps the planner from turning it round: terms are indexed by workspace alone. */
function has(id: string, terms: readonly number[]): string {
  const each = terms.map(
    (index) =>
      `exists (select 1 from read.contact_terms t where t.contact_id = ${id} and t.term like :term${index} offset 0)`,
  )
  return each.length === 0 ? 'true' : each.join(' and ')
}

function beginning(term: string): string {
  return `${term.replace(/[\\%_]/g, '\\$&')}%`
}
