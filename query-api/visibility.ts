import type { Caller } from '../schemas/caller.ts'
import { Rejection } from '../schemas/rejection.ts'

/** What decides who sees a conversation. */
export interface Guarded {
  id: string
  workspaceId: string
  channel: string
  identityVerification: 'off' | 'required' | null
}

/**
 * `all`: what agents see. `public`: what anybody who knows the id sees. Throws not-found for the agent of another workspace, as if it
 * were not there, and unauthenticated where the widget wants the visitor's token and there is none for this conversation. The ids of a
 * channel's conversations can be guessed: without their token they are not found.
 */
export function viewOf(caller: Caller, { id, workspaceId, channel, identityVerification }: Guarded): 'all' | 'public' {
  const own = workspaceOf(caller)
  if (own !== undefined) {
    if (own !== workspaceId) throw notFound()
    return 'all'
  }
  const shown = caller.kind === 'visitor' && caller.conversationId === id
  if (channel !== 'widget' && !shown) throw notFound()
  if (identityVerification === 'required' && !shown) {
    throw new Rejection('unauthenticated', 'This conversation needs its visitor token.')
  }
  return 'public'
}

/** The workspace whose inside a caller may see; undefined for visitors and strangers. */
export function workspaceOf(caller: Caller): string | undefined {
  return caller.kind === 'agent' || caller.kind === 'apiKey' || caller.kind === 'system'
    ? caller.workspaceId
    : undefined
}

/** The same, where the route lets nobody else in. */
export function ownWorkspace(caller: Caller): string {
  const own = workspaceOf(caller)
  if (own === undefined) throw new Rejection('forbidden', 'This is for agents.')
  return own
}

export function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such conversation.')
}
