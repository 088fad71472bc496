import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { conversationQueries } from '../../schemas/conversation/query-routes.ts'
import type { Message } from '../../schemas/conversation/resource.ts'
import { messagePage, notesOf, threadById } from '../messages/messages.query.ts'
import { pageWithin, placeOf, sinceOf } from '../messages/part.ts'
import { wantedOf } from '../page.ts'
import { notFound, ownWorkspace, viewOf, workspaceOf } from '../visibility.ts'
import { replayFor, type Sources } from './asked.ts'

/** Reads of what was said and noted in a conversation. */
export function messageBindings({ reader, positions, log }: Sources): Binding[] {
  return [
    bind(conversationQueries.messages, async ({ caller, params, query, waitFor }) => {
      const { at, order = 'asc' } = query
      const part = { order, since: sinceOf(query.since), wanted: wantedOf(query, 50, placeOf(order)) }
      if (at !== undefined) {
        const { messages } = await replayFor(log, caller, params.id, at)
        return { status: 200, body: seenBy(caller, pageWithin(messages, part)) }
      }
      await positions.passed(['messages', 'directory'], waitFor)
      const thread = await threadById(reader, params.id)
      if (thread === undefined) throw notFound()
      viewOf(caller, thread)
      return { status: 200, body: seenBy(caller, await messagePage(reader, params.id, part)) }
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

/** Whether a message arrived on his telephone is told to agents alone. */
function seenBy<P extends { data: Message[] }>(caller: Caller, page: P): P {
  if (workspaceOf(caller) !== undefined) return page
  return { ...page, data: page.data.map(({ delivery: _, ...message }) => message) }
}
