import { randomUUID } from 'node:crypto'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import { ChannelConversations } from '../../schemas/channel/resource.ts'
import { channelRoutes } from '../../schemas/channel/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { ActiveChannel } from '../domain/channel/channel.ts'
import { conversation } from '../domain/conversation/decide.ts'
import type { Handle } from '../handle.ts'
import { type AnyRequest, actorOf, contextOf } from './asking.ts'

/** Before a channel goes: closes what is open there if forced to, else refuses. Throws Rejection('channel-in-use'). */
export type CloseOpen = (
  request: AnyRequest & { traceId: string },
  channel: ActiveChannel,
  force: boolean,
) => Promise<void>

/** At 500 a round, more than a channel should ever have open. */
const rounds = 40
const atOnce = 16

export function createCloseOpen(handle: Handle, log: Pick<EventLog, 'head'>, queryApi: Service): CloseOpen {
  const ask = serviceCall(queryApi, channelRoutes.conversations, ChannelConversations)

  const openIn = async ({ traceId }: { traceId: string }, { id, workspaceId }: ActiveChannel): Promise<string[]> => {
    const caller = { kind: 'system', id: 'command-api', workspaceId } as const
    const { body } = await ask({ caller, params: { id }, waitFor: await log.head(), traceId })
    return body.conversationIds
  }

  const close = async (request: AnyRequest, workspaceId: string, id: string): Promise<void> => {
    const asking = { commandId: randomUUID(), request: undefined, at: new Date().toISOString() }
    const context = contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, '') })
    try {
      await handle(conversation, id, { type: 'CloseConversation', tags: [] }, context)
    } catch (error) {
      if (!(error instanceof Rejection && error.code === 'already-closed')) throw error
    }
  }

  return async (request, channel, force) => {
    for (let round = 0; round < rounds; round++) {
      const open = await openIn(request, channel)
      if (open.length === 0) return
      if (!force) break
      for (let from = 0; from < open.length; from += atOnce) {
        await Promise.all(open.slice(from, from + atOnce).map((id) => close(request, channel.workspaceId, id)))
      }
    }
    throw new Rejection(
      'channel-in-use',
      force
        ? 'Conversations are opened in this channel as fast as they are closed: make it inactive first.'
        : 'This channel has open or pending conversations: close them, or delete it with force=true.',
    )
  }
}
