import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { conversationQueries, type ListQuery } from '../../schemas/conversation/query-routes.ts'
import { type Conversation, type ConversationPage, publicView } from '../../schemas/conversation/resource.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { withContacts } from '../contacts/brief.query.ts'
import { filterOf } from '../inbox/asked-list.ts'
import { conversationById, conversationPage } from '../inbox/inbox.query.ts'
import { placeOf } from '../inbox/order.ts'
import { searchPage } from '../inbox/search.query.ts'
import { wantedOf } from '../page.ts'
import type { ProjectionName } from '../positions.ts'
import type { Reader } from '../reader.ts'
import { notFound, viewOf } from '../visibility.ts'
import { replayFor, type Sources } from './asked.ts'
import type { RecordRead } from './reading.ts'

/** Reads of conversations. */
export function conversationBindings({ reader, positions, log }: Sources, recordRead: RecordRead): Binding[] {
  const list = async (
    caller: Caller,
    query: ListQuery,
    waitFor: LogPosition | undefined,
  ): Promise<ConversationPage> => {
    const { search } = query
    const { filter, sort } = filterOf(query, caller)
    const wanted = wantedOf(query, 20, placeOf(sort))
    await positions.passed(sourcesOf(query), waitFor)
    if (filter.statuses.length === 0) return { ...nothing, page: wanted.page, limit: wanted.limit }
    const listing = { filter, sort, wanted }
    const page = await (search === undefined ? conversationPage(reader, listing) : searchPage(reader, search, listing))
    return query.expand === undefined ? page : { ...page, data: await withContacts(reader, page.data) }
  }

  return [
    bind(conversationQueries.list, async ({ caller, query, waitFor }) => {
      return { status: 200, body: await list(caller, query, waitFor) }
    }),

    bind(conversationQueries.adminList, async ({ caller, query, waitFor }) => {
      return { status: 200, body: await list(caller, query, waitFor) }
    }),

    bind(conversationQueries.get, async ({ caller, params, query, waitFor, traceId }) => {
      if (query.at !== undefined) {
        const { conversation } = await replayFor(log, caller, params.id, query.at)
        return { status: 200, body: await shownBy(reader, query, conversation), revision: conversation.revision }
      }
      await positions.passed(['inbox', 'directory'], waitFor)
      const found = await conversationById(reader, params.id)
      if (found === undefined) throw notFound()
      const { conversation, guarded } = found
      const { revision } = conversation
      if (viewOf(caller, guarded) === 'public') return { status: 200, body: publicView(conversation), revision }
      const unread = caller.kind === 'agent' && conversation.unreadCount > 0
      const read = unread ? await recordRead(caller, params.id, traceId) : undefined
      const now = read?.conversation ?? conversation
      const body = await shownBy(reader, query, now)
      return { status: 200, body, revision: now.revision, position: read?.position }
    }),

    bind(conversationQueries.history, async ({ caller, params, query }) => {
      const { conversation, history } = await replayFor(log, caller, params.id, query.at)
      const { id, revision } = conversation
      return { status: 200, body: { conversationId: id, revision, data: history }, revision }
    }),
  ]
}

function sourcesOf({ search, expand }: ListQuery): ProjectionName[] {
  if (search !== undefined) return ['inbox', 'directory', 'search']
  return expand === undefined ? ['inbox'] : ['inbox', 'directory']
}

const nothing = { data: [], total: 0, totalIsExact: true, nextCursor: null }

async function shownBy(reader: Reader, { expand }: { expand?: 'contact' | undefined }, one: Conversation) {
  if (expand === undefined) return one
  const [expanded] = await withContacts(reader, [one])
  return expanded
}
