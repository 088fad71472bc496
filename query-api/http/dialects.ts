import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { statuses } from '../../schemas/conversation/resource.ts'
import { dialectReads as routes } from '../../schemas/dialects/reads.ts'
import { withContacts } from '../contacts/brief.query.ts'
import { namesOf } from '../dialects/names.query.ts'
import type { Filter } from '../inbox/filter.ts'
import { conversationPage } from '../inbox/inbox.query.ts'
import { messagePage, threadById } from '../messages/messages.query.ts'
import { sinceOf } from '../messages/part.ts'
import { notFound, ownWorkspace, workspaceOf } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** What only the dialects of documents B and C read. */
export function dialectBindings({ reader, positions }: Sources): Binding[] {
  return [
    bind(routes.conversations, async ({ caller, query, waitFor }) => {
      await positions.passed(['inbox', 'directory'], waitFor)
      const { agent, limit, offset } = query
      const filter: Filter = {
        workspaceId: ownWorkspace(caller),
        statuses: agent === undefined ? statuses : ['open', 'pending'],
        assignee: agent,
      }
      const { data } = await conversationPage(reader, { filter, sort: 'activity', wanted: part(limit, offset) })
      return { status: 200, body: await withContacts(reader, data) }
    }),

    bind(routes.thread, async ({ caller, params, query, waitFor }) => {
      const { limit, offset = 0, order = 'asc', revision } = query
      await positions.passed(['messages'], waitFor)
      const thread = await threadById(reader, params.id)
      const own = workspaceOf(caller)
      if (thread === undefined || (own !== undefined && own !== thread.workspaceId)) throw notFound()
      const after = revision === undefined ? undefined : { order, revision: revision - 1 }
      const wanted = { ...part(limit, offset), after }
      const { data } = await messagePage(reader, params.id, { order, since: sinceOf(query.since), wanted })
      const found = revision === undefined ? data : data.filter((message) => message.revision === revision)
      return { status: 200, body: { data: found } }
    }),

    bind(routes.names, async ({ caller, query, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const workspaceId = ownWorkspace(caller)
      const [contacts, agents] = await Promise.all([
        namesOf(reader, 'contacts', workspaceId, listOf(query.contacts)),
        namesOf(reader, 'agents', workspaceId, listOf(query.agents)),
      ])
      return { status: 200, body: { contacts, agents } }
    }),
  ]
}

/** Any part of a list, which documents B and C ask for otherwise than by pages. */
const part = (limit: number, offset: number) => ({ page: 1, limit, offset, after: undefined })

function listOf(ids: string | undefined): readonly string[] {
  return ids === undefined || ids === '' ? [] : ids.split(',')
}
