import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { conversationQueries } from '../../schemas/conversation/query-routes.ts'
import { messagePage, notesOf, type Place, threadById } from '../messages/messages.query.ts'
import { pageOf, wantedOf } from '../page.ts'
import { notFound, ownWorkspace, viewOf } from '../visibility.ts'
import { replayFor, type Sources } from './asked.ts'

/** Reads of what was said and noted in a conversation. */
export function messageBindings({ reader, positions, log }: Sources): Binding[] {
  return [
    bind(conversationQueries.messages, async ({ caller, params, query, waitFor }) => {
      const wanted = wantedOf(query, 50, placeOf)
      if (query.at !== undefined) {
        const { messages } = await replayFor(log, caller, params.id, query.at)
        const { after, offset, limit } = wanted
        const rest = after === undefined ? messages : messages.filter(({ revision }) => revision > after.revision)
        const rows = rest.slice(offset, offset + limit + 1)
        const body = pageOf(
          rows,
          messages.length,
          wanted,
          ({ revision }) => [revision],
          (message) => message,
        )
        return { status: 200, body }
      }
      await positions.passed(['messages', 'directory'], waitFor)
      const thread = await threadById(reader, params.id)
      if (thread === undefined) throw notFound()
      viewOf(caller, thread)
      return { status: 200, body: await messagePage(reader, params.id, wanted) }
    }),

    bind(conversationQueries.notes, async ({ caller, params, waitFor }) => {
      const own = ownWorkspace(caller)
      await positions.passed(['messages'], waitFor)
      const thread = await threadById(reader, params.id)
      if (thread === undefined || thread.workspaceId !== own) throw notFound()
      return { status: 200, body: { data: await notesOf(reader, params.id) } }
    }),
  ]
}

function placeOf([revision]: readonly unknown[]): Place | undefined {
  const valid = typeof revision === 'number' && Number.isInteger(revision) && revision >= 0 && revision < 2 ** 31
  return valid ? { revision } : undefined
}
