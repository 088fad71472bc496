import Type from 'typebox'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { WithLock } from '../../infra/runtime/lock/lock.ts'
import { Channel } from '../../schemas/channel/resource.ts'
import { channelRoutes } from '../../schemas/channel/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'

interface Asked {
  workspaceId: string
  channelId: string
  /** As it stands in the configuration that is asked for, which has not been checked yet. */
  botId: unknown
  traceId: string
}

/**
 * Sets a channel up for a bot, of which each has one mobile channel (document C): while it does, no other channel is set up for the same
 * one. Throws Rejection('already-exists').
 */
export type OneForBot = <T>(asked: Asked, work: () => Promise<T>) => Promise<T>

export function createOneForBot(withLock: WithLock, log: Pick<EventLog, 'head'>, queryApi: Service): OneForBot {
  const list = serviceCall(queryApi, channelRoutes.list, Type.Array(Channel))

  return ({ workspaceId, channelId, botId, traceId }, work) => {
    if (typeof botId !== 'string') return work()
    const caller = { kind: 'system', id: 'command-api', workspaceId } as const
    return withLock(`mobile channel of ${workspaceId}`, async () => {
      const { body } = await list({ caller, waitFor: await log.head(), traceId })
      const other = body.find(
        (one) =>
          one.type === 'mobile_sdk' && one.config.botId?.toLowerCase() === botId.toLowerCase() && one.id !== channelId,
      )
      if (other !== undefined) throw new Rejection('already-exists', `This bot has a mobile channel: ${other.id}.`)
      return work()
    })
  }
}
