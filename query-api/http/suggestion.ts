import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { suggestionQueries } from '../../schemas/suggestion.ts'
import { messagePage, threadById } from '../messages/messages.query.ts'
import type { Place } from '../messages/part.ts'
import { wantedOf } from '../page.ts'
import type { Chat } from '../suggestion/chat.ts'
import { suggest } from '../suggestion/suggest.ts'
import { notFound, ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** How many of the last messages say what is talked about. */
const lastTurns = 12

/** What an agent might answer (document D). */
export function suggestionBindings({ reader, positions }: Sources, chat: Chat | undefined): Binding[] {
  return [
    bind(suggestionQueries.suggest, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      await positions.passed(['inbox', 'messages', 'search'], waitFor)
      const conversationId = query.conversation_id.toLowerCase()
      const thread = await threadById(reader, conversationId)
      if (thread === undefined || thread.workspaceId !== workspaceId) throw notFound()
      const wanted = wantedOf<Place>({ limit: lastTurns }, lastTurns, () => undefined)
      const { data } = await messagePage(reader, conversationId, { order: 'desc', since: undefined, wanted })
      const body = await suggest(reader, chat, { workspaceId, conversationId, talk: data.reverse() })
      return { status: 200, body }
    }),
  ]
}
