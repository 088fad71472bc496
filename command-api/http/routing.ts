import type { WithLock } from '../../infra/runtime/lock/lock.ts'
import type { Routed } from '../../schemas/assignment/resource.ts'
import type { ConversationCommand } from '../../schemas/conversation/commands.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { AutoAssignment } from '../../schemas/workspace/settings.ts'
import { after, choose, lineUp } from '../domain/assignment/choose.ts'
import { conversation } from '../domain/conversation/decide.ts'
import type { Handle } from '../handle.ts'
import { conversationFor } from './access.ts'
import { type AnyRequest, askingOf, contextOf, derivedId } from './asking.ts'
import type { Loads } from './loads.ts'

export interface RoutingTools {
  handle: Handle
  withLock: WithLock
  loads: Loads
}

type RouteRequest = AnyRequest & { params: { id: string }; traceId: string }

/** Most conversations that one call assigns: so long does nobody else get the lock. */
const atOnce = 50

/** Who assigns by the rule of the workspace, as history names him. */
const actor = { kind: 'system', id: 'assignment' } as const

/**
 * Takes from removed agents what they still have, and assigns the oldest that wait to those who are free, by the workspace's rule.
 * To be called under the workspace's lock; whoever has lost it stops.
 */
export async function routeWaiting(
  { handle, loads }: RoutingTools,
  request: RouteRequest,
  rule: AutoAssignment,
  lost: AbortSignal,
): Promise<Routed & { position: LogPosition | undefined }> {
  const workspaceId = request.params.id
  const found = await loads.situation(workspaceId, atOnce + 1, request.traceId)
  const asking = askingOf(request, `${workspaceId}:route`, 'route')
  const released: Routed['released'] = []
  const assigned: Routed['assigned'] = []
  let position: LogPosition | undefined

  /** Whether it was done: somebody may have closed or taken it meanwhile. */
  const change = async (id: string, command: ConversationCommand): Promise<boolean> => {
    lost.throwIfAborted()
    const { contactId } = await conversationFor(handle, request.caller, id)
    const context = contextOf(asking, request, { workspaceId, actor, key: contactId })
    const commandId = derivedId(asking.commandId, id)
    try {
      const handled = await handle(conversation, id, command, { ...context, commandId, request: undefined })
      if (handled.events.length > 0) position = handled.position
      return handled.events.length > 0
    } catch (error) {
      if (error instanceof Rejection && error.code !== 'unavailable') return false
      throw error
    }
  }

  for (const { id, agentId } of found.stranded.slice(0, atOnce)) {
    if (await change(id, { type: 'UnassignConversation', from: agentId })) released.push(id)
  }
  let line = lineUp(found)
  while (assigned.length < atOnce) {
    const choice = choose(rule, line)
    if (choice === undefined) break
    const { conversationId, agentId } = choice
    const done = await change(conversationId, { type: 'AssignConversation', agentId, claim: true })
    if (done) assigned.push(choice)
    line = after(line, choice, done)
  }
  // Nobody is named as waiting any more, but the list was cut; a list of which nothing could be assigned would be the same again.
  const cut = line.waiting.length === 0 && found.waiting.length > atOnce && assigned.length > 0
  const more = rule.mode !== 'off' && (cut || released.length > 0)
  const again = more || choose(rule, line) !== undefined
  const waiting = more || (rule.mode !== 'off' && line.waiting.length > 0)
  return { mode: rule.mode, assigned, released, waiting, again, position }
}
