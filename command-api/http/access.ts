import { originAllowed } from '../../infra/runtime/http/origins.ts'
import type { Caller } from '../../schemas/caller.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { agent } from '../domain/agent/agent.ts'
import { channel } from '../domain/channel/channel.ts'
import type { Started } from '../domain/conversation/conversation.ts'
import { conversation } from '../domain/conversation/decide.ts'
import { type ActiveWidget, widget } from '../domain/widget/widget.ts'
import type { Handle } from '../handle.ts'

/** How old a look at another stream may be when it decides about access, in milliseconds. */
export const recent = 1000

/**
 * The conversation, if this caller may act on it: agents, keys and services of its workspace; its visitor by token; anybody who knows
 * its id, unless its widget demands the token (API.md, Identity). Another workspace's conversation is not found.
 *
 * The ids of a channel's conversations are derived and can be guessed: who shows no token of theirs is not even told that they exist.
 */
export async function conversationFor(handle: Handle, caller: Caller, id: string): Promise<Started> {
  const { state } = await handle.look(conversation, id, Number.POSITIVE_INFINITY)
  if (state.status === 'none') throw notFound()
  switch (caller.kind) {
    case 'agent':
    case 'apiKey':
      if (caller.workspaceId !== state.workspaceId) throw notFound()
      return state
    case 'system':
      if (caller.workspaceId !== undefined && caller.workspaceId !== state.workspaceId) throw notFound()
      return state
    case 'visitor':
      if (caller.conversationId !== id) await refuseStrangers(handle, state)
      return state
    case 'anonymous':
      await refuseStrangers(handle, state)
      return state
  }
}

async function refuseStrangers(handle: Handle, { channel, widgetId }: Started): Promise<void> {
  if (channel !== 'widget') throw notFound()
  if (widgetId === null) return
  const { state } = await handle.look(widget, widgetId, recent)
  if (state.status === 'none' || state.settings.identityVerification === 'off') return
  throw new Rejection(
    'unauthenticated',
    "This widget demands the visitor's token: send it as Authorization: Bearer <visitorToken>.",
  )
}

/**
 * The widget by which a conversation starts; one of another workspace is not found for a caller who has a workspace. Visitors must come
 * from a page that may show it: `origin` is what their browser says of that.
 */
export async function widgetFor(
  handle: Handle,
  caller: Caller,
  id: string,
  origin: string | undefined,
): Promise<ActiveWidget> {
  const { state } = await handle.look(widget, id, recent)
  const own = 'workspaceId' in caller && caller.kind !== 'visitor' ? caller.workspaceId : undefined
  if (state.status !== 'active' || (own !== undefined && own !== state.workspaceId)) {
    throw new Rejection('not-found', 'There is no widget with this widgetId.')
  }
  const { active, allowedOrigins } = state.settings
  if (own === undefined && !originAllowed(allowedOrigins, origin)) {
    throw new Rejection('forbidden', 'Pages of this origin may not show this widget.')
  }
  if (!active) throw new Rejection('conflict', 'This widget is not active: it starts no conversations.')
  return state
}

/** A channel that is not active, or was deleted, takes no more messages of its end users. */
export async function demandActiveChannel(handle: Handle, { channelId }: Pick<Started, 'channelId'>): Promise<void> {
  if (channelId === null) return
  const { state } = await handle.look(channel, channelId, recent)
  if (state.status === 'there' && state.active) return
  throw new Rejection('conflict', 'The channel of this conversation is not active: it takes no messages.')
}

/** The workspace whose inside a caller may change, where the route lets in nobody who has none. */
export function ownWorkspace(caller: Caller): string {
  if (caller.kind !== 'visitor' && 'workspaceId' in caller && caller.workspaceId !== undefined)
    return caller.workspaceId
  throw new Rejection('forbidden', 'This needs a credential of a workspace.')
}

export async function demandAgent(handle: Handle, workspaceId: string, agentId: string): Promise<void> {
  const { state } = await handle.look(agent, agentId, recent)
  if (state.status === 'active' && state.workspaceId === workspaceId) return
  throw new Rejection('not-an-agent', 'agentId names no agent of this workspace.', [
    { path: '/agentId', message: 'is no agent of this workspace' },
  ])
}

function notFound(): Rejection {
  return new Rejection('not-found', 'There is no such conversation.')
}
