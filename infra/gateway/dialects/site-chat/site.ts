import type { IncomingHttpHeaders } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { InternalChannel } from '../../../../schemas/channel/resource.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { bearerOf } from '../../../runtime/auth/bearer.ts'
import { readChannelKey } from '../../../runtime/auth/channel-keys.ts'
import { demandOpenTo } from '../../../runtime/auth/end-users.ts'
import type { Request } from '../../../runtime/http/binding.ts'
import type { RateLimits } from '../../rate-limits.ts'
import type { Channels } from '../channels.ts'

/** The channel of a site. */
export type Site = Extract<InternalChannel, { type: 'site' }>

/** The site key that a request shows: in a header of its own, as bearer, or in the address; undefined where nothing looks like one. */
export function siteKeyOf(headers: IncomingHttpHeaders, inQuery: string | undefined): string | undefined {
  return [headers['x-site-key'], bearerOf(headers.authorization), inQuery].filter(isSiteKey)[0]
}

/** The site whose key a request shows. Throws 401 without one, 403 for pages of origins that it does not allow. */
export function createSites(channels: Pick<Channels, 'byKey'>, limit: RateLimits) {
  const proven = new LRUCache<string, true>({ max: 10_000, ttl: provenMs })

  return async (request: SiteRequest): Promise<Site> => {
    const { headers, query, traceId, ip } = request
    const key = siteKeyOf(headers, query.site_key)
    if (key === undefined) throw unknownKey()
    // Each key that somebody makes up has limits of its own; whoever tries many is counted by his address before one is looked up.
    if (!proven.has(key)) await limit({ kind: 'anonymous' }, ip)
    const channel = await channels.byKey(key, 'site', traceId)
    if (channel?.type !== 'site') {
      proven.delete(key)
      throw unknownKey()
    }
    proven.set(key, true)
    demandOpenTo(channel, headers.origin)
    return channel
  }
}

/** How long a key that was right is not counted as one that may be made up, in milliseconds. */
const provenMs = 600_000

const unknownKey = () => new Rejection('unauthenticated', 'Invalid or missing site key')

type SiteRequest = Pick<Request<unknown, { site_key?: string | undefined }>, 'headers' | 'query' | 'traceId' | 'ip'>

const isSiteKey = (shown: unknown): shown is string =>
  typeof shown === 'string' && readChannelKey(shown)?.kind === 'site'
