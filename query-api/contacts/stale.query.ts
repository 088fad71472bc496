import { utc } from '../../schemas/event-time.ts'
import { cursorOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import type { Place } from './place.ts'

/** How many contacts are looked at for one page. */
const lookedAt = 5000

interface Stale {
  id: string
  createdAt: string
  lastActivityAt: string
}

interface Read {
  stale: Stale[]
  looked: number
  last: Place | null
}

/**
 * Contacts of a workspace that have neither been changed nor been active in a conversation since a time, the oldest first. Those that
 * are older than that time are looked at in order, so many for each page, and those that are still active are passed over.
 */
export async function staleContacts(
  reader: Reader,
  { workspaceId, before }: { workspaceId: string; before: string },
  { limit, after }: Pick<Wanted<Place>, 'limit' | 'after'>,
): Promise<{ data: { id: string; lastActivityAt: string }[]; nextCursor: string | null }> {
  const [row] = await reader.rows<Read>(
    `with looked as materialized (
       select id, created_at, updated_at from read.contacts
       where workspace_id = :workspaceId and erased_at is null and created_at < cast(:before as timestamptz)
         ${after === undefined ? '' : 'and (created_at, id) > (cast(:createdAt as timestamptz), cast(:id as uuid))'}
       order by created_at, id limit ${lookedAt}),
     stale as (
       select c.id, c.created_at as "createdAt", greatest(c.updated_at, s.activity_at) as "lastActivityAt" from looked c
       left join lateral (
         select activity_at from read.conversations where contact_id = c.id order by activity_at desc limit 1) s on true
       where greatest(c.updated_at, s.activity_at) < cast(:before as timestamptz)
       order by c.created_at, c.id limit :limit)
     select (select coalesce(json_agg(stale), '[]') from stale) as stale, (select count(*)::int from looked) as looked,
       (select row_to_json(one) from (
          select created_at as "createdAt", id from looked order by created_at desc, id desc limit 1) one) as last`,
    { workspaceId, before, limit, ...after },
  )
  const { stale = [], looked = 0, last = null } = row ?? {}
  const reached = stale.length === limit ? stale.at(-1) : looked === lookedAt ? last : undefined
  return {
    data: stale.map(({ id, lastActivityAt }) => ({ id, lastActivityAt: utc(lastActivityAt) })),
    nextCursor: reached ? cursorOf([utc(reached.createdAt), reached.id]) : null,
  }
}
