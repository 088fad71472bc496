import type { Reader } from '../reader.ts'
import type { Filter } from './filter.ts'
import type { Bounds, Sought } from './sought.ts'
import { named, said, visitors } from './sources.ts'

/** How much there is of what is sought, before any of it is gathered. */
export interface Extent {
  /** The terms, the rarest first. */
  terms: readonly string[]
  /** Some source has more than may be gathered, or seems to: only for messages it is a guess. */
  common: boolean
  /** There is no use in gathering. */
  tooMuch: boolean
}

/** Counts visitors and contacts as far as they may be gathered. For words, asks Postgres what it expects: it knows the commonest. */
export async function extentOf(reader: Reader, sought: Sought, filter: Filter, bounds: Bounds): Promise<Extent> {
  const { db } = reader
  const counted = [
    visitors(db, sought, filter).limit(bounds.gathered + 1),
    ...sought.terms.map((term) => named(db, term, filter).limit(bounds.contacts + 1)),
  ]
  const counts = counted.map(() => '(select count(*)::int from (?) counted)').join(', ')
  const [row] = await reader.raw<{ counts: number[] }>(`select array[${counts}] as counts`, counted)
  const [byVisitor = 0, ...byTerm] = row?.counts ?? []
  const terms = sought.terms
    .map((term, index) => ({ term, count: byTerm[index] ?? 0 }))
    .sort((a, b) => a.count - b.count)
  const tooMuch = byVisitor > bounds.gathered || (terms[0]?.count ?? 0) > bounds.contacts
  const common = tooMuch || (sought.words !== undefined && (await expected(reader, sought)) > bounds.gathered)
  return { terms: terms.map(({ term }) => term), common, tooMuch }
}

/** How many messages Postgres expects to have the words. A wrong guess costs time alone. */
async function expected({ db, raw }: Reader, sought: Sought): Promise<number> {
  const [row] = await raw<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>('explain (format json) ?', [
    said(db, sought),
  ])
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}
