import { LRUCache } from 'lru-cache'
import type { Caller } from '../../../../schemas/caller.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import type { ChannelNames } from '../../../runtime/auth/channel-names.ts'
import type { VisitorTokens } from '../../../runtime/auth/visitor-tokens.ts'
import { type Canonical, gatewayFor } from '../canonical.ts'
import type { Site } from './site.ts'
import { tokenLimit } from './words.ts'

export type Visitor = Extract<Caller, { kind: 'visitor' }>

/** The visitor whom a path of document B means. */
export type Visitors = (site: Pick<Site, 'id' | 'workspaceId'>, given: string, traceId: string) => Promise<Visitor>

/** How long names are believed, in milliseconds: they change when the visitor is erased, and is somebody new from then on. */
const believedMs = 3000

/** Whoever has site key and visitor token may act as the visitor; what he was given as conversation token stands for it too. */
export function createVisitors(
  { findEndUser }: Pick<Canonical, 'findEndUser'>,
  visitorTokens: Pick<VisitorTokens, 'readVisitorToken'>,
): Visitors {
  const known = new LRUCache<string, Promise<ChannelNames>>({ max: 20_000, ttl: believedMs })

  const namesOf = async (channelId: string, externalId: string, traceId: string): Promise<ChannelNames> => {
    if (externalId.length > tokenLimit) throw new Rejection('not-found', 'There is no such conversation.')
    const key = `${channelId} ${externalId}`
    const found = known.get(key)
    if (found !== undefined) return found
    const looking = findEndUser({ caller: gatewayFor(), query: { channelId, externalId }, traceId }).then(
      ({ body }) => body,
      (error: unknown) => {
        known.delete(key)
        throw error
      },
    )
    known.set(key, looking)
    return looking
  }

  return async ({ id, workspaceId }, given, traceId) => {
    const claimed = await readConversationToken(given)
    const names = await namesOf(id, claimed?.visitorId ?? given, traceId)
    const meant = claimed === undefined || claimed.conversationId === names.conversationId
    return { kind: 'visitor', workspaceId, ...(meant ? names : await namesOf(id, given, traceId)) }
  }

  /** Undefined for what is none of ours: a visitor's own token may have any form. */
  async function readConversationToken(given: string): Promise<Visitor | undefined> {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) return undefined
    try {
      return await visitorTokens.readVisitorToken(given)
    } catch (error) {
      if (error instanceof Rejection) return undefined
      throw error
    }
  }
}
