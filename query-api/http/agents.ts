import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { isStorable } from '../../infra/runtime/http/storable.ts'
import { agentRoutes as routes } from '../../schemas/agent/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { agentById, agentPage, openConversationsOf, type Place } from '../agents/agents.query.ts'
import { isId } from '../cursor-parts.ts'
import { wantedOf } from '../page.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** The people of a workspace. */
export function agentBindings({ reader, positions }: Sources): Binding[] {
  return [
    bind(routes.list, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 100, placeOf)
      await positions.passed(['directory'], waitFor)
      const { role, removed = false } = query
      return { status: 200, body: await agentPage(reader, { workspaceId, role, removed }, wanted) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const found = await agentById(reader, ownWorkspace(caller), params.id)
      if (found === undefined) throw new Rejection('not-found', 'There is no such agent.')
      return { status: 200, body: found }
    }),

    bind(routes.openConversations, async ({ caller, params, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      await positions.passed(['inbox'], waitFor)
      const { after, limit = 500 } = query
      const data = await openConversationsOf(reader, { workspaceId, agentId: params.id, after, limit })
      return { status: 200, body: { data } }
    }),
  ]
}

function placeOf([name, id]: readonly unknown[]): Place | undefined {
  return typeof name === 'string' && isStorable(name) && isId(id) ? { name, id } : undefined
}
