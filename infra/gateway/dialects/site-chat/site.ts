import type { IncomingHttpHeaders } from 'node:http'
import type { InternalChannel } from '../../../../schemas/channel/resource.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { bearerOf } from '../../../runtime/auth/bearer.ts'
import { readChannelKey } from '../../../runtime/auth/channel-keys.ts'
import type { Request } from '../../../runtime/http/binding.ts'
import type { RateLimits } from '../../rate-limits.ts'
import { type Channels, demandOpenTo } from '../channels.ts'

/** The channel of a site. */
export type Site = Extract<InternalChannel, { type: 'site' }>

/** The site key that a request shows: in a header of its own, as bearer, or in the address; undefined where nothing looks like one. */
export function siteKeyOf(headers: IncomingHttpHeaders, inQuery: string | undefined): string | undefined {
  return [headers['x-site-key'], bearerOf(headers.authorization), inQuery].filter(isSiteKey)[0]
}

/** The site whose key a request shows. Throws 401 without one, 403 for pages of origins that it does not allow. */
export function createSites(channels: Pick<Channels, 'byKey'>, limit: RateLimits) {
  return async (request: SiteRequest): Promise<Site> => {
    const { headers, query, traceId, ip } = request
    const key = siteKeyOf(headers, query.site_key)
    const channel = key === undefined ? undefined : await channels.byKey(key, 'site', traceId)
    if (channel?.type === 'site') {
      demandOpenTo(channel, headers.origin)
      return channel
    }
    // What looks like a key has not been counted by the address yet: whoever tries many is.
    if (key !== undefined) await limit({ kind: 'anonymous' }, ip)
    throw new Rejection('unauthenticated', 'Invalid or missing site key')
  }
}

type SiteRequest = Pick<Request<unknown, { site_key?: string | undefined }>, 'headers' | 'query' | 'traceId' | 'ip'>

const isSiteKey = (shown: unknown): shown is string =>
  typeof shown === 'string' && readChannelKey(shown)?.kind === 'site'
