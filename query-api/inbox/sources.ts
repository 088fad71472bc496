import type { Knex } from 'knex'
import type { Reader } from '../reader.ts'
import type { Filter } from './filter.ts'
import type { Sought } from './sought.ts'

/** Conversations of visitors whose id begins so. */
export function visitors(db: Reader['db'], { visitor }: Sought, { workspaceId }: Filter): Knex.QueryBuilder {
  return db('read.conversations').where('workspace_id', workspaceId).whereLike('visitor_id', visitor).select('id')
}

/** Conversations by words, once for each message or note that has them. */
export function said(db: Reader['db'], { words }: Sought): Knex.QueryBuilder {
  const rows = db('read.search_words').select('conversation_id as id')
  return words === undefined ? rows.whereRaw('false') : rows.whereRaw('words @> ?::int[]', words)
}

/** Contacts of whom a term begins so. */
export function named(db: Reader['db'], term: string, { workspaceId }: Filter): Knex.QueryBuilder {
  return db('read.contact_terms').where('workspace_id', workspaceId).whereLike('term', term).select('contact_id as id')
}

/** Conversations of contacts who have each of the terms: the first two are gathered, the others looked up. */
export function known(db: Reader['db'], terms: readonly string[], filter: Filter): Knex.QueryBuilder {
  const [first, second, ...others] = terms
  const rows = db('read.conversations as c').select('c.id')
  if (first === undefined) return rows.whereRaw('false')
  const found = named(db, first, filter)
  rows.whereIn('c.contact_id', second === undefined ? found : found.intersect(named(db, second, filter)))
  for (const term of others) rows.whereRaw(hasTerm, term)
  return rows
}

/** Of a conversation `c`. The limit keeps Postgres from reading all contacts with the term instead. */
const hasTerm =
  '(select true from read.contact_terms t where t.contact_id = c.contact_id and t.term like ? limit 1) is not null'
