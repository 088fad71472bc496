import { randomUUID } from 'node:crypto'
import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { WithLock } from '../../infra/runtime/lock/lock.ts'
import type { Agent } from '../../schemas/agent/resource.ts'
import { agentRoutes as routes } from '../../schemas/agent/routes.ts'
import type { Caller } from '../../schemas/caller.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type AgentState, agent, type KnownAgent } from '../domain/agent/agent.ts'
import { workspace } from '../domain/workspace/workspace.ts'
import { recent } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf } from './asking.ts'
import { adminsOf, demandOtherAdmin, type RemovalTools, unassignAll } from './removal.ts'

type IdRequest = AnyRequest & { params: { id: string }; traceId: string }

export interface AgentTools extends RemovalTools {
  withLock: WithLock
}

/** The people of a workspace. Their credentials are the gateway's affair. */
export function agentBindings(tools: AgentTools): Binding[] {
  const { handle, withLock } = tools

  /** The agent of the caller's workspace, as the log has him now. */
  const ownAgent = async ({ caller, params }: IdRequest): Promise<KnownAgent> => {
    const { state } = await handle.look(agent, params.id, 0)
    if (state.status === 'none' || state.workspaceId !== workspaceOf(caller)) throw notFound()
    return state
  }

  const preparedFor = (request: IdRequest, action: string) => {
    const { id } = request.params
    const workspaceId = workspaceOf(request.caller)
    const asking = askingOf(request, streamOf('agent', id), action)
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, '') })
    return { context, concerned: { id, workspaceId, traceId: request.traceId } }
  }

  return [
    bind(routes.standing, async ({ params: { id } }) => {
      const { state } = await handle.look(agent, id, recent)
      const place = state.status === 'none' ? { workspaceId: null, role: null } : placeOf(state)
      return { status: 200, body: { id, ...place, status: state.status } }
    }),

    bind(routes.add, async (request) => {
      const { id = randomUUID(), email, name, role = 'agent' } = request.body
      const workspaceId = workspaceOf(request.caller)
      const { state: place } = await handle.look(workspace, workspaceId, Number.POSITIVE_INFINITY)
      if (place.status === 'none') throw new Rejection('not-found', 'There is no such workspace.')
      const asking = askingOf(request, streamOf('agent', id), 'add')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, '') })
      const command = { type: 'AddAgent', agentId: id, email: email.toLowerCase(), name, role } as const
      const { state, revision, position } = await handle(agent, id, command, context)
      return { status: 201, body: viewOf(state), revision, position }
    }),

    bind(routes.changeRole, async (request) => {
      await ownAgent(request)
      const { role } = request.body
      const { context, concerned } = preparedFor(request, 'role')
      const { state, revision, position } = await withLock(adminsOf(concerned.workspaceId), async (lost) => {
        if (role !== 'admin') await demandOtherAdmin(tools, concerned)
        lost.throwIfAborted()
        return handle(agent, concerned.id, { type: 'ChangeAgentRole', role }, context, request)
      })
      return { status: 200, body: viewOf(state), revision, position }
    }),

    bind(routes.changeAvailability, async (request) => {
      const { caller, params, body } = request
      await ownAgent(request)
      const may = caller.kind !== 'agent' || caller.role === 'admin' || caller.id === params.id
      if (!may) throw new Rejection('forbidden', 'Only an admin may say this of somebody else.')
      const { context } = preparedFor(request, 'availability')
      const command = { type: 'ChangeAgentAvailability', available: body.available } as const
      const { state, revision, position } = await handle(agent, params.id, command, context, request)
      return { status: 200, body: viewOf(state), revision, position }
    }),

    bind(routes.remove, async (request) => {
      const known = await ownAgent(request)
      const { context, concerned } = preparedFor(request, 'remove')
      const remove = () => handle(agent, concerned.id, { type: 'RemoveAgent' }, context, request)
      // Done before, by this very command: what has become of the agent since is none of its business.
      if (agent.done(known, context.commandId) !== undefined)
        return { status: 204, position: (await remove()).position }

      let { position } = await handle.look(agent, concerned.id, 0)
      if (known.status === 'active') {
        const removed = await withLock(adminsOf(concerned.workspaceId), async (lost) => {
          await demandOtherAdmin(tools, concerned)
          await unassignAll(tools, concerned, context)
          lost.throwIfAborted()
          return remove()
        })
        position = removed.position
      }
      // Somebody who looked him up just before may have assigned something to him since.
      return { status: 204, position: (await unassignAll(tools, concerned, context)) ?? position }
    }),
  ]
}

function viewOf(state: AgentState): Agent {
  if (state.status === 'none') throw new Error('An agent who was just changed is not there')
  const { id, workspaceId, email, name, role, available, addedAt, removedAt } = state
  return { id, workspaceId, email, name, role, available, addedAt, removedAt }
}

const placeOf = ({ workspaceId, role }: KnownAgent) => ({ workspaceId, role })

function workspaceOf(caller: Caller): string {
  if ('workspaceId' in caller && caller.workspaceId !== undefined) return caller.workspaceId
  throw new Rejection('forbidden', 'This needs a credential of a workspace.')
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such agent.')
}
