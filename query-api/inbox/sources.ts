import type { Reader } from '../reader.ts'
import type { Filter } from './filter.ts'
import type { Sought } from './sought.ts'

/** Conversations by visitor id. */
export function visitors(db: Reader['db'], { visitor }: Sought, { workspaceId }: Filter) {
  return db('read.conversations').where('workspace_id', workspaceId).whereLike('visitor_id', visitor).select('id')
}

/** Contacts by the longest term; the others are looked at one by one. */
export function contacts(db: Reader['db'], { terms: [longest] }: Sought, { workspaceId }: Filter) {
  const rows = db('read.contact_terms').where('workspace_id', workspaceId).select('contact_id as id')
  return longest === undefined ? rows.whereRaw('false') : rows.whereLike('term', longest)
}

/** Conversations of those contacts who have the other terms too. */
export function known(db: Reader['db'], { terms: [, ...others] }: Sought) {
  const rows = db('read.conversations as c').whereRaw('c.contact_id in (select id from contacts)').select('c.id')
  for (const term of others) {
    rows.whereRaw('exists (select from read.contact_terms t where t.contact_id = c.contact_id and t.term like ?)', term)
  }
  return rows
}

/** Conversations by words, once for each message that has them. */
export function said(db: Reader['db'], { words }: Sought) {
  const rows = db('read.search_words').select('conversation_id as id')
  return words === undefined ? rows.whereRaw('false') : rows.whereRaw('words @> ?::int[]', words)
}
