import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { conversationQueries } from '../../schemas/conversation/query-routes.ts'
import { publicView } from '../../schemas/conversation/resource.ts'
import { conversationById, conversationPage, type Place } from '../inbox/inbox.query.ts'
import { wantedOf } from '../page.ts'
import { notFound, ownWorkspace, viewOf } from '../visibility.ts'
import { replayFor, type Sources } from './asked.ts'

/** Reads of conversations. */
export function conversationBindings({ reader, positions, log }: Sources): Binding[] {
  return [
    bind(conversationQueries.list, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['inbox'], waitFor)
      const { status, search, tag } = query
      return { status: 200, body: await conversationPage(reader, { workspaceId, status, search, tag }, wanted) }
    }),

    bind(conversationQueries.adminList, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['inbox'], waitFor)
      const { status, search, tag } = query
      const filter = {
        workspaceId,
        status,
        search,
        tag,
        agentId: query.agentId?.toLowerCase(),
        widgetId: query.widgetId?.toLowerCase(),
      }
      return { status: 200, body: await conversationPage(reader, filter, wanted) }
    }),

    bind(conversationQueries.get, async ({ caller, params, query, waitFor }) => {
      if (query.at !== undefined) {
        const { conversation } = await replayFor(log, caller, params.id, query.at)
        return { status: 200, body: conversation, revision: conversation.revision }
      }
      await positions.passed(['inbox', 'directory'], waitFor)
      const found = await conversationById(reader, params.id)
      if (found === undefined) throw notFound()
      const { conversation, guarded } = found
      const body = viewOf(caller, guarded) === 'all' ? conversation : publicView(conversation)
      return { status: 200, body, revision: conversation.revision }
    }),

    bind(conversationQueries.history, async ({ caller, params, query }) => {
      const { conversation, history } = await replayFor(log, caller, params.id, query.at)
      const { id, revision } = conversation
      return { status: 200, body: { conversationId: id, revision, data: history }, revision }
    }),
  ]
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function placeOf([activityAt, id]: readonly unknown[]): Place | undefined {
  if (typeof activityAt !== 'string' || typeof id !== 'string') return undefined
  const valid = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(activityAt) && !Number.isNaN(Date.parse(activityAt))
  return valid && uuid.test(id) ? { activityAt, id } : undefined
}
