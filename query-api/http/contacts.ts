import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { contactRoutes as routes } from '../../schemas/contact/routes.ts'
import { utc } from '../../schemas/event-time.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { contactById, contactPage } from '../contacts/contacts.query.ts'
import { type ConversationPlace, conversationsAfter, eachConversation } from '../contacts/conversations.query.ts'
import { contactExport } from '../contacts/export.ts'
import type { Place } from '../contacts/place.ts'
import { staleContacts } from '../contacts/stale.query.ts'
import { isId, isTime } from '../cursor-parts.ts'
import { cursorOf, wantedOf } from '../page.ts'
import type { Reader } from '../reader.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** The people whom a workspace knows. */
export function contactBindings({ reader, positions, log, now }: Sources): Binding[] {
  return [
    bind(routes.list, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['directory', 'inbox'], waitFor)
      return { status: 200, body: await contactPage(reader, { workspaceId, search: query.search }, wanted) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory', 'inbox'], waitFor)
      const { contact, revision } = await presentContact(reader, ownWorkspace(caller), params.id)
      return { status: 200, body: contact, revision }
    }),

    bind(routes.export, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory', 'inbox'], waitFor)
      const { contact } = await presentContact(reader, ownWorkspace(caller), params.id)
      const conversations = eachConversation(reader, contact.id)
      const pieces = contactExport({ log, contact, conversations, exportedAt: now() })
      const headers = { 'Content-Disposition': `attachment; filename="contact-${contact.id}.json"` }
      return { status: 200, content: { type: 'application/json; charset=utf-8', pieces }, headers }
    }),

    bind(routes.conversations, async ({ params, query, waitFor }) => {
      const { limit, after } = wantedOf(query, 500, activityPlaceOf)
      // Whoever erases waits for all that may hold words, to know that they are gone.
      await positions.passed('every', waitFor)
      const places = await conversationsAfter(reader, params.id, after, limit)
      const last = places.length === limit ? places.at(-1) : undefined
      const nextCursor = last === undefined ? null : cursorOf([utc(last.activityAt), last.id])
      return { status: 200, body: { data: places.map(({ id }) => ({ id })), nextCursor } }
    }),

    bind(routes.stale, async ({ params, query, waitFor }) => {
      const wanted = wantedOf(query, 100, placeOf)
      await positions.passed(['directory', 'inbox'], waitFor)
      const asked = { workspaceId: params.id, before: query.before }
      return { status: 200, body: await staleContacts(reader, asked, wanted) }
    }),
  ]
}

/** Throws for one that is not there, or is there no more. */
async function presentContact(reader: Reader, workspaceId: string, id: string) {
  const found = await contactById(reader, workspaceId, id)
  if (found === undefined) throw new Rejection('not-found', 'There is no such contact.')
  if (found.contact.erasedAt !== null) throw new Rejection('contact-erased', 'This contact has been erased.')
  return found
}

function placeOf([createdAt, id]: readonly unknown[]): Place | undefined {
  return isTime(createdAt) && isId(id) ? { createdAt, id } : undefined
}

function activityPlaceOf([activityAt, id]: readonly unknown[]): ConversationPlace | undefined {
  return isTime(activityAt) && isId(id) ? { activityAt, id } : undefined
}
