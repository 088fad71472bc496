import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { channelRoutes as routes } from '../../schemas/channel/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { channelById, channelsOf, openConversationsIn } from '../channels/channels.query.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** Most conversations that are named in one answer. */
const most = 500

/** Reads of channels. */
export function channelBindings({ reader, positions }: Sources): Binding[] {
  return [
    bind(routes.list, async ({ caller, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      return { status: 200, body: await channelsOf(reader, ownWorkspace(caller)) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['directory'], waitFor)
      const found = await channelById(reader, ownWorkspace(caller), params.id)
      if (found === undefined) throw new Rejection('not-found', 'There is no such channel.')
      return { status: 200, body: found.channel, revision: found.revision }
    }),

    bind(routes.conversations, async ({ caller, params, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      await positions.passed(['inbox'], waitFor)
      return { status: 200, body: { conversationIds: await openConversationsIn(reader, workspaceId, params.id, most) } }
    }),
  ]
}
