import { wantedTerms } from '../../projectors/contacts/fold.ts'
import type { Contact } from '../../schemas/contact/resource.ts'
import { utc } from '../../schemas/event-time.ts'
import { pageOf, type Wanted } from '../page.ts'
import type { Reader } from '../reader.ts'
import { following, type Place } from './place.ts'
import { contactsFound } from './search.query.ts'

/** A row as JSON brings it: times not yet in our form. */
type Read = Contact & { revision: number }

/** Of a contact `c`. */
const columns = `c.id, c.workspace_id as "workspaceId", c.name, c.email, c.phone, c.attributes, c.visitor_id as "visitorId",
  s.conversations, s.seen as "lastSeenAt", c.created_at as "createdAt", c.updated_at as "updatedAt", c.erased_at as "erasedAt", c.revision`

/** What the conversations of a contact `c` say of it, in a stretch of their index that has an end. */
const seen = `left join lateral (
    select count(*) as conversations, max(activity_at) as seen from (
      select activity_at from read.conversations where contact_id = c.id order by activity_at desc limit 1000) latest) s on true`

/** The contacts of a workspace, or those whom a search finds; a search for nothing finds nobody. */
export async function contactPage(
  reader: Reader,
  { workspaceId, search }: { workspaceId: string; search?: string | undefined },
  wanted: Wanted<Place>,
) {
  const terms = search === undefined ? undefined : wantedTerms(search)
  if (terms?.length === 0) return pageOf<Read, Contact>([], 0, wanted, placeOf, resourceOf)
  const { limit, offset, after } = wanted
  const found = terms === undefined ? everybody : await contactsFound(reader, { workspaceId, terms, after })
  const [row] = await reader.rows<{ total: string | null; data: Read[] }>(
    `with found as ${found.rows}
     select (${found.total}) as total, coalesce((
       select json_agg(page) from (
         select ${columns} from (
           select id, created_at from found where ${following(after)}
           order by created_at desc, id desc offset :offset limit :limit) shown
         join read.contacts c on c.id = shown.id ${seen}
         order by c.created_at desc, c.id desc) page), '[]') as data`,
    { workspaceId, offset, limit: limit + 1, ...found.bindings, ...after },
  )
  return pageOf(row?.data ?? [], Number(row?.total ?? 0), wanted, placeOf, resourceOf)
}

/** Not materialized: the page is cut from the index of the list itself. */
const everybody = {
  rows: `not materialized (
    select id, created_at from read.contacts where workspace_id = :workspaceId and erased_at is null)`,
  total: 'select n from read.contact_counts where workspace_id = :workspaceId',
  bindings: {},
}

export async function contactById(
  reader: Reader,
  workspaceId: string,
  id: string,
): Promise<{ contact: Contact; revision: number } | undefined> {
  const [row] = await reader.rows<{ found: Read }>(
    `select row_to_json(one) as found from (
       select ${columns} from read.contacts c ${seen} where c.id = :id and c.workspace_id = :workspaceId) one`,
    { id, workspaceId },
  )
  return row && { contact: resourceOf(row.found), revision: row.found.revision }
}

function placeOf({ createdAt, id }: Read): readonly [string, string] {
  return [utc(createdAt), id]
}

function resourceOf({ revision: _, ...row }: Read): Contact {
  const { lastSeenAt, createdAt, updatedAt, erasedAt } = row
  return {
    ...row,
    lastSeenAt: lastSeenAt === null ? null : utc(lastSeenAt),
    createdAt: utc(createdAt),
    updatedAt: utc(updatedAt),
    erasedAt: erasedAt === null ? null : utc(erasedAt),
  }
}
