import { LRUCache } from 'lru-cache'
import type { InternalChannel } from '../../../schemas/channel/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { type ChannelKeyKind, holdsChannelKey, readChannelKey } from '../../runtime/auth/channel-keys.ts'
import { type Canonical, gatewayFor } from './canonical.ts'

/** How long a channel is believed to be as it was, in milliseconds: so long an old key holds after it was changed. */
const believedMs = 3000

export type Channels = ReturnType<typeof createChannels>

/** Channels by what their end users show. What is asked for while it is looked up, or was found not to be, is not asked for again. */
export function createChannels({ findChannel }: Pick<Canonical, 'findChannel'>) {
  const known = new LRUCache<string, Promise<InternalChannel | undefined>>({ max: 10_000, ttl: believedMs })

  const look = (id: string, traceId: string): Promise<InternalChannel | undefined> => {
    const found = known.get(id)
    if (found !== undefined) return found
    const looking = findChannel({ caller: gatewayFor(), params: { id }, traceId }).then(
      ({ body }) => body,
      (error: unknown) => {
        if (error instanceof Rejection && error.code === 'not-found') return undefined
        known.delete(id)
        throw error
      },
    )
    known.set(id, looking)
    return looking
  }

  return {
    /** The channel whose key this is; undefined for a key that is none, or of another kind. */
    async byKey(key: string, kind: ChannelKeyKind, traceId: string): Promise<InternalChannel | undefined> {
      const claimed = readChannelKey(key)
      if (claimed?.kind !== kind) return undefined
      const channel = await look(claimed.channelId, traceId)
      return channel !== undefined && holdsChannelKey(key, channel) ? channel : undefined
    },
    byId: look,
  }
}
