import type { Knex } from 'knex'
import { isId, isTime } from '../cursor-parts.ts'

/** `activity`: the latest start, reopening or message first. `waiting`: who waits longest first. Then by id. */
export type Sort = 'activity' | 'waiting'

/** Where in a list a page begins. */
export interface Place {
  sort: Sort
  at: string
  id: string
}

const orders = {
  activity: { column: 'activity_at', name: 'activityAt', direction: 'desc', beyond: '<' },
  waiting: { column: 'opened_at', name: 'openedAt', direction: 'asc', beyond: '>' },
} as const

/** The column of the row by which a list is sorted. */
export const sortedBy = (sort: Sort) => orders[sort].name

/** Sorts rows, of conversations `c` unless told otherwise, and leaves out what comes before a place. */
export function follow(
  rows: Knex.QueryBuilder,
  sort: Sort,
  after: Place | undefined,
  { at = `c.${orders[sort].column}`, id = 'c.id' } = {},
): Knex.QueryBuilder {
  const { direction, beyond } = orders[sort]
  if (after !== undefined) rows.whereRaw(`(??, ??) ${beyond} (?::timestamptz, ?::uuid)`, [at, id, after.at, after.id])
  return rows.orderBy([
    { column: at, order: direction },
    { column: id, order: direction },
  ])
}

/** The order of rows that were read already. */
export function inOrder(rows: Knex.QueryBuilder, sort: Sort): Knex.QueryBuilder {
  return follow(rows, sort, undefined, { at: orders[sort].name, id: 'id' })
}

/** Reads a cursor's parts; undefined for what is none, or belongs to another order. */
export const placeOf =
  (wanted: Sort) =>
  ([sort, at, id]: readonly unknown[]): Place | undefined => {
    return sort === wanted && isTime(at) && isId(id) ? { sort: wanted, at, id } : undefined
  }

export const partsOf = ({ sort, at, id }: Place): string[] => [sort, at, id]
