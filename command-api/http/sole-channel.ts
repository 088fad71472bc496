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
  /** As it is asked for: it has not been checked yet. */
  config: object | undefined
  traceId: string
}

/**
 * Sets a channel up for what one channel of a workspace alone may serve: a bot (document C), a number of WhatsApp. While it does, no other
 * channel of the workspace is set up for the same. Throws Rejection('already-exists').
 */
export type SoleChannel = <T>(asked: Asked, work: () => Promise<T>) => Promise<T>

const served = [
  { type: 'mobile_sdk', field: 'botId', taken: 'This bot has a mobile channel' },
  { type: 'whatsapp', field: 'phoneNumberId', taken: 'This number has a channel' },
] as const

export function createSoleChannel(withLock: WithLock, log: Pick<EventLog, 'head'>, queryApi: Service): SoleChannel {
  const list = serviceCall(queryApi, channelRoutes.list, Type.Array(Channel))

  return ({ workspaceId, channelId, config, traceId }, work) => {
    const kind = served.find(({ field }) => wantedOf(config, field) !== undefined)
    if (kind === undefined) return work()
    const { type, field, taken } = kind
    const caller = { kind: 'system', id: 'command-api', workspaceId } as const
    return withLock(`${type} channel of ${workspaceId}`, async () => {
      const { body } = await list({ caller, waitFor: await log.head(), traceId })
      const wanted = wantedOf(config, field)
      const other = body.find(
        (one) => one.type === type && one.id !== channelId && wantedOf(one.config, field) === wanted,
      )
      if (other !== undefined) throw new Rejection('already-exists', `${taken}: ${other.id}.`)
      return work()
    })
  }
}

function wantedOf(config: object | undefined, field: string): string | undefined {
  const value: unknown = Object.entries(config ?? {}).find(([name]) => name === field)?.[1]
  return typeof value === 'string' ? value.toLowerCase() : undefined
}
