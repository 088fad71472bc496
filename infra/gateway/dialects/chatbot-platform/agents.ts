import type { Caller } from '../../../../schemas/caller.ts'
import type { Conversation } from '../../../../schemas/conversation/resource.ts'
import { chatbotPlatformRoutes as routes } from '../../../../schemas/dialects/chatbot-platform.ts'
import { messageView } from '../../../../schemas/dialects/platform-message.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { type Binding, bind } from '../../../runtime/http/binding.ts'
import { type Canonical, gatewayFor, onBehalfOf } from '../canonical.ts'
import { conversationView } from './view.ts'

/** Document C's agent REST: every change is the agent's own command; reads are the gateway's, for the agent's workspace. */
export function agentBindings(canonical: Canonical): Binding[] {
  return [
    bind(routes.list, async (request) => {
      const { filter, limit = 100, offset = 0 } = request.query
      const { caller } = request
      const workspace = onBehalfOf(request, gatewayFor(workspaceOf(caller)))
      const agent = filter === 'all' ? undefined : filter === 'mine' ? selfOf(caller) : 'none'
      const { body } = await canonical.conversations({ ...workspace, query: { agent, limit, offset } })
      return { status: 200, body: body.map(conversationView) }
    }),

    bind(routes.get, async (request) => {
      const workspace = onBehalfOf(request, gatewayFor(workspaceOf(request.caller)))
      const { body } = await canonical.findConversation({ ...workspace, params: request.params })
      const { conversation } = body
      const { contactId: id, visitorId } = conversation
      const names = await canonical.names({ ...workspace, query: { contacts: id } })
      const listed = {
        ...conversation,
        contact: { id, name: names.body.contacts[id] ?? null, email: null, visitorId },
      }
      return { status: 200, body: conversationView(listed) }
    }),

    bind(routes.history, async (request) => {
      const { limit = 50, offset = 0 } = request.query
      const workspace = onBehalfOf(request, gatewayFor(workspaceOf(request.caller)))
      const { body } = await canonical.thread({ ...workspace, params: request.params, query: { limit, offset } })
      return { status: 200, body: body.data.map(messageView) }
    }),

    bind(routes.assign, async (request) => {
      const { caller, params, idempotencyKey } = request
      selfOf(caller)
      const { body } = await canonical.assign({ ...onBehalfOf(request, caller), params, body: {}, idempotencyKey })
      const { id, assignedAgentId, assignedAt } = body
      return { status: 200, body: { id, assigned_agent_id: assignedAgentId, assigned_at: assignedAt } }
    }),

    bind(routes.resolve, async (request) => {
      const { caller, params, idempotencyKey } = request
      const { tags = [] } = request.body
      const { body } = await canonical.close({ ...onBehalfOf(request, caller), params, body: { tags }, idempotencyKey })
      const { id, sessionId, closedAt } = body
      const resolved = { id, session_id: sessionId, status: 'resolved', tags: body.tags, resolved_at: closedAt }
      return { status: 200, body: resolved }
    }),

    bind(routes.tag, async (request) => {
      const { caller, params } = request
      const wish = { ...onBehalfOf(request, caller), params }
      let tagged: Conversation | undefined
      // A tag that is there already changes nothing, so that a retry needs no key.
      for (const tag of request.body.tags) tagged = (await canonical.tag({ ...wish, body: { tag } })).body
      return { status: 200, body: { id: params.id, tags: tagged?.tags ?? [] } }
    }),

    bind(routes.untag, async (request) => {
      const { caller, params } = request
      const { body } = await canonical.untag({ ...onBehalfOf(request, caller), params })
      return { status: 200, body: { id: body.id, tags: body.tags } }
    }),
  ]
}

function workspaceOf(caller: Caller): string {
  if (caller.kind === 'agent' || caller.kind === 'apiKey') return caller.workspaceId
  throw new Rejection('forbidden', 'This is for agents')
}

/** Document C's assignments are made by an agent for himself. */
function selfOf(caller: Caller): string {
  if (caller.kind === 'agent') return caller.id
  throw new Rejection('forbidden', 'This is for an agent in person, not for an API key')
}
