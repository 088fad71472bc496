import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import { assignmentRoutes } from '../../schemas/assignment/routes.ts'
import { conversationCommands } from '../../schemas/conversation/command-routes.ts'
import type { ConversationCommand } from '../../schemas/conversation/commands.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { type AutoAssignment, workspaceDefaults } from '../../schemas/workspace/settings.ts'
import { workspace } from '../domain/workspace/workspace.ts'
import type { Handle } from '../handle.ts'
import { conversationFor, demandAgent, recent } from './access.ts'
import type { AnyRequest } from './asking.ts'
import { ask, type ConversationRequest } from './conversations.ts'
import { resourceOf } from './resource.ts'
import { type RoutingTools, routeWaiting } from './routing.ts'

/** Who has a conversation: by a person's hand, or by the rule of the workspace (docs/decisions/assignment.md). */
export function assignmentBindings(tools: RoutingTools): Binding[] {
  const { handle, withLock, loads } = tools

  const answer = async (request: ConversationRequest, command: ConversationCommand): Promise<Reply> => {
    const { state, revision, position } = await ask(handle, request, 'assign', () => command)
    return { status: 200, body: resourceOf(state), revision, position }
  }

  return [
    bind(conversationCommands.assign, async (request) => {
      const { workspaceId } = await conversationFor(handle, request.caller, request.params.id)
      if (request.body.agentId === null) return answer(request, { type: 'UnassignConversation' })
      const given = request.body.agentId?.toLowerCase()
      const agentId = given ?? selfOf(request)
      await demandAgent(handle, workspaceId, agentId)
      const command = { type: 'AssignConversation', agentId, claim: given === undefined } as const
      const { mode, capacity } = await ruleOf(handle, workspaceId, recent)
      if (mode === 'off' || capacity === null) return answer(request, command)
      return withLock(assignmentsOf(workspaceId), async (lost) => {
        const has = await loads.ofAgent(workspaceId, agentId, request.traceId)
        lost.throwIfAborted()
        return answer(request, { ...command, room: { has, of: capacity } })
      })
    }),

    bind(assignmentRoutes.route, async (request) => {
      const { id } = request.params
      return withLock(assignmentsOf(id), async (lost) => {
        // What was just set counts: that it was set is why this is called.
        const rule = await ruleOf(handle, id, 0)
        const { position, ...body } = await routeWaiting(tools, request, rule, lost)
        return { status: 200, body, position }
      })
    }),
  ]
}

/** The lock under which a workspace's conversations are counted and assigned. */
const assignmentsOf = (workspaceId: string) => `assignments of ${workspaceId}`

/** A workspace that was never made has no rule. */
async function ruleOf(handle: Handle, workspaceId: string, maxAgeMs: number): Promise<AutoAssignment> {
  const { state } = await handle.look(workspace, workspaceId, maxAgeMs)
  return state.status === 'none' ? workspaceDefaults.autoAssignment : state.settings.autoAssignment
}

function selfOf({ caller }: AnyRequest): string {
  if (caller.kind === 'agent') return caller.id
  throw new Rejection('validation', 'agentId is required', [{ path: '/agentId', message: 'agentId is required' }])
}
