import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { dialectReads as routes } from '../../schemas/dialects/reads.ts'
import { listed } from '../dialects/listed.query.ts'
import { namesOf } from '../dialects/names.query.ts'
import { threadOf } from '../dialects/thread.query.ts'
import { threadById } from '../messages/messages.query.ts'
import { notFound, ownWorkspace, workspaceOf } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** What only the dialects of documents B and C read. */
export function dialectBindings({ reader, positions }: Sources): Binding[] {
  return [
    bind(routes.conversations, async ({ caller, query, waitFor }) => {
      await positions.passed(['inbox', 'directory'], waitFor)
      return { status: 200, body: await listed(reader, { workspaceId: ownWorkspace(caller), ...query }) }
    }),

    bind(routes.thread, async ({ caller, params, query, waitFor }) => {
      await positions.passed(['messages'], waitFor)
      const thread = await threadById(reader, params.id)
      const own = workspaceOf(caller)
      if (thread === undefined || (own !== undefined && own !== thread.workspaceId)) throw notFound()
      return { status: 200, body: { data: await threadOf(reader, params.id, query) } }
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

function listOf(ids: string | undefined): readonly string[] {
  return ids === undefined || ids === '' ? [] : ids.split(',')
}
