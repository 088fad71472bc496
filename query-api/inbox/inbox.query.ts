import type { Knex } from 'knex'
import type { Conversation } from '../../schemas/conversation/resource.ts'
import { utc } from '../../schemas/event-time.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Guarded } from '../visibility.ts'
import { columns, type Read, resourceOf } from './columns.ts'
import { type Filter, stretchOf, totalOf } from './filter.ts'
import { follow, inOrder, type Place, partsOf, type Sort, sortedBy } from './order.ts'

/** A page of conversations, as the resource says it, without the contacts. */
export interface ConversationPage {
  data: Conversation[]
  total: number
  totalIsExact: boolean
  page: number
  limit: number
  nextCursor: string | null
}

/** A list, and which part of it is wanted. */
export interface Listing {
  filter: Filter
  sort: Sort
  wanted: Wanted<Place>
}

export async function conversationPage(reader: Reader, { filter, sort, wanted }: Listing): Promise<ConversationPage> {
  const { limit, offset, after } = wanted
  const rows = merged(reader.db, filter, sort, after, offset + limit + 1)
    .offset(offset)
    .limit(limit + 1)
  const { data, total } = await reader.page<Read>(rows, totalOf(reader.db, filter))
  return { ...pageOf(data, total, wanted, placeIn(sort), resourceOf), totalIsExact: true }
}

/** The place of a row in a list, as its cursor says it. */
export const placeIn = (sort: Sort) => (row: Read) => partsOf({ sort, at: utc(row[sortedBy(sort)]), id: row.id })

/**
 * Each status is a stretch of an index in the order of the list; the stretches are merged. So a page costs the same however many
 * conversations there are. Reads at most `most` rows of each.
 */
export function merged(
  db: Reader['db'],
  filter: Filter,
  sort: Sort,
  after: Place | undefined,
  most: number,
  chosen: Partial<typeof columns> = columns,
): Knex.QueryBuilder {
  // Tags have the order of activity in their own index.
  const place =
    filter.tag !== undefined && sort === 'activity' ? { at: 't.activity_at', id: 't.conversation_id' } : undefined
  const stretches = filter.statuses.map((status) =>
    follow(stretchOf(db, filter, status), sort, after, place)
      .select(chosen)
      .limit(most),
  )
  return inOrder(db.select('*').from(db.unionAll(stretches, true).as('found')), sort)
}

/** The conversation, with what decides who may see it. */
export async function conversationById(
  reader: Reader,
  id: string,
): Promise<{ conversation: Conversation; guarded: Guarded } | undefined> {
  const { db } = reader
  const found = db('read.conversations as c')
    .leftJoin('read.widgets as w', 'w.id', 'c.widget_id')
    .where('c.id', id)
    .select({ ...columns, identityVerification: 'w.identity_verification' })
  const { data } = await reader.page<Read & Pick<Guarded, 'identityVerification'>>(found, db.select(db.raw('1')))
  const [row] = data
  if (row === undefined) return undefined
  const { identityVerification, ...read } = row
  const { workspaceId, channel } = row
  return { conversation: resourceOf(read), guarded: { id, workspaceId, channel, identityVerification } }
}
