import type { Knex } from 'knex'
import { utc } from '../../schemas/event-time.ts'
import { cursorOf, pageOf } from '../page.ts'
import type { Reader } from '../reader.ts'
import { columns, type Read, resourceOf } from './columns.ts'
import { type ConversationPage, type Listing, merged, placeIn } from './inbox.query.ts'
import { follow, inOrder, partsOf, sortedBy } from './order.ts'
import type { Bounds, Sought } from './sought.ts'

interface Seen {
  page: ConversationPage
  /** The page is full, or the list at its end. */
  enough: boolean
}

/** Looks at the conversations of a list one after the other until a page is full, but at no more than so many. */
export async function lookThrough(
  reader: Reader,
  sought: Sought,
  listing: Listing,
  { few, many }: Bounds,
): Promise<Seen> {
  const soon = await lookAt(reader, sought, listing, few)
  return soon.enough ? soon : lookAt(reader, sought, listing, many)
}

interface Row {
  matched: number
  data: Read[]
  /** Null when the page is full. */
  looked: { count: number; at: string; id: string } | null
}

async function lookAt(reader: Reader, sought: Sought, { filter, sort, wanted }: Listing, most: number): Promise<Seen> {
  const { db } = reader
  const { limit, offset, after } = wanted
  const at = sortedBy(sort)
  const full = offset + limit + 1
  const { id, visitorId, contactId, activityAt, openedAt } = columns
  const brief = { id, visitorId, contactId, activityAt, openedAt }
  const ahead = merged(db, filter, sort, after, most, brief).limit(most)
  const matching = inOrder(db.select('id').from(ahead.clone().as('ahead')), sort).limit(full)
  const shown = follow(db('matched as m').join('read.conversations as c', 'c.id', 'm.id'), sort, undefined)
  // The second part is carried out only if it is needed.
  const text = `
    with matched as materialized (?), ahead as materialized (?)
    select (select count(*)::int from matched) as matched,
      (select coalesce(json_agg(page), '[]'::json) from (?) page) as data,
      case when (select count(*) from matched) < ? then (
        select json_build_object('count', (select count(*) from ahead), 'at', ??, 'id', id)
        from ahead order by row_number() over () desc limit 1) end as looked`
  const [row] = await reader.raw<Row>(text, [
    matching.where((either) => matches(either, sought)),
    ahead,
    shown
      .select(columns)
      .offset(offset)
      .limit(limit + 1),
    full,
    at,
  ])
  if (row === undefined) throw new Error('a search answers one row')
  const { matched, data, looked } = row
  const page = { ...pageOf(data, matched, wanted, placeIn(sort), resourceOf), totalIsExact: false }
  if (matched >= full) return { page, enough: true }
  if (looked === null || looked.count < most)
    return { page: { ...page, totalIsExact: after === undefined }, enough: true }
  const nextCursor = cursorOf(partsOf({ sort, at: utc(looked.at), id: looked.id }))
  return { page: { ...page, nextCursor }, enough: false }
}

/**
 * Whether a conversation has anything of what is sought. Each question is put to the conversation's own rows: limits, and the comparison
 * with true, keep Postgres from asking an index of all words or contacts instead.
 */
function matches(either: Knex.QueryBuilder, { words, visitor, terms }: Sought): void {
  either.whereLike('ahead.visitorId', visitor)
  if (words !== undefined) {
    either.orWhereRaw(
      `(select true from read.search_words w
        where w.conversation_id = ahead.id and (w.words @> ?::int[]) is true limit 1) is not null`,
      words,
    )
  }
  if (terms.length === 0) return
  either.orWhere((all) => {
    for (const term of terms) {
      all.whereRaw(
        `(select true from read.contact_terms t where t.contact_id = ahead."contactId" and t.term like ? limit 1) is not null`,
        term,
      )
    }
  })
}
