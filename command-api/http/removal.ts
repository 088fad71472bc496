import Type from 'typebox'
import type { CommandContext, EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Service, type ServiceCall, serviceCall } from '../../infra/runtime/http/service-call.ts'
import { agentRoutes } from '../../schemas/agent/routes.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { Id } from '../../schemas/fields.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { agent } from '../domain/agent/agent.ts'
import { conversation } from '../domain/conversation/decide.ts'
import type { Handle } from '../handle.ts'
import { derivedId } from './asking.ts'

/** What is read of query-api, always at the log's head. */
export interface AgentReads {
  agents: ServiceCall<{ data: { id: string }[] }>
  openConversations: ServiceCall<{ data: string[] }>
}

export function createAgentReads(queryApi: Service): AgentReads {
  return {
    agents: serviceCall(queryApi, agentRoutes.list, Type.Object({ data: Type.Array(Type.Object({ id: Id })) })),
    openConversations: serviceCall(queryApi, agentRoutes.openConversations, Type.Object({ data: Type.Array(Id) })),
  }
}

export interface RemovalTools {
  handle: Handle
  log: Pick<EventLog, 'head'>
  reads: AgentReads
}

export interface Concerned {
  id: string
  workspaceId: string
  /** Of the request that this serves. */
  traceId: string
}

const pageSize = 500
const atOnce = 16

/** The name under which the admins of a workspace are counted and changed by one at a time. */
export const adminsOf = (workspaceId: string) => `admins of ${workspaceId}`

/** Throws Rejection('last-admin') when nobody but this agent is an admin of the workspace. To be asked under the lock of its admins. */
export async function demandOtherAdmin({ handle, log, reads }: RemovalTools, concerned: Concerned): Promise<void> {
  const { id, workspaceId, traceId } = concerned
  const { state } = await handle.look(agent, id, 0)
  if (state.status !== 'active' || state.role !== 'admin') return
  const { body } = await current(
    reads.agents({
      caller: { kind: 'system', id: 'command-api', workspaceId },
      query: { role: 'admin', limit: 2 },
      waitFor: await log.head(),
      traceId,
    }),
  )
  if (body.data.some((other) => other.id !== id)) return
  throw new Rejection('last-admin', 'This is the last admin of the workspace: make somebody else one first.')
}

/**
 * Takes the agent's open conversations from him, also when some of it was done before. Those that somebody else has taken meanwhile
 * stay with them. Gives the position of the last change.
 */
export async function unassignAll(
  { handle, log, reads }: RemovalTools,
  { id, workspaceId, traceId }: Concerned,
  context: CommandContext,
): Promise<LogPosition | undefined> {
  const waitFor = await log.head()
  let position: LogPosition | undefined
  for (let after: string | undefined; ; ) {
    const caller = { kind: 'system', id: 'command-api', workspaceId } as const
    const query = { after, limit: pageSize }
    const { body } = await current(reads.openConversations({ caller, params: { id }, query, waitFor, traceId }))
    const { data } = body
    for (let from = 0; from < data.length; from += atOnce) {
      const changed = await Promise.all(
        data.slice(from, from + atOnce).map((one) => unassign(handle, one, id, context)),
      )
      position = changed.at(-1) ?? position
    }
    if (data.length < pageSize) return position
    after = data.at(-1)
  }
}

async function unassign(
  handle: Handle,
  conversationId: string,
  from: string,
  context: CommandContext,
): Promise<LogPosition | undefined> {
  // A command of its own for each try, as the conversation may have been assigned again between two of them.
  const { state } = await handle.look(conversation, conversationId, 0)
  if (state.status === 'none' || state.status === 'closed' || state.assignedAgentId !== from) return undefined
  const { commandId, request: _, ...rest } = context
  const own = { ...rest, commandId: derivedId(commandId, `unassign:${conversationId}:${state.assignedAt}`) }
  const { position } = await handle(conversation, conversationId, { type: 'UnassignConversation', from }, own)
  return position
}

/** Reading at the head is ours to arrange, so that a projection that is late is no fault of the request. */
async function current<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof Rejection && error.code === 'projection-behind')) throw error
    throw Object.assign(new Rejection('unavailable', 'The projections are behind the log; try again.'), {
      cause: error,
    })
  }
}
