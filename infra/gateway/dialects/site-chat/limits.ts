import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Route } from '../../../../schemas/route.ts'
import type { EndpointLimits } from '../../rate-limits.ts'
import { siteKeyOf } from './site.ts'

/** Counts a request to an endpoint with a limit of its own. False where it was not counted, and the general limits hold. */
export type EndpointCount = (
  route: Route,
  request: IncomingMessage,
  ip: string,
  response: ServerResponse,
) => Promise<boolean>

/** Document B's limits: of each endpoint, by site key and address. Throws TooMany. */
export function siteCount(limits: EndpointLimits): EndpointCount {
  return async ({ method, path, perMinute, dialect }, { headers, url = '/' }, ip, response) => {
    if (perMinute === undefined || dialect !== 'site-chat') return false
    const inQuery = new URLSearchParams(url.split('?')[1]).get('site_key') ?? undefined
    const key = siteKeyOf(headers, inQuery)
    if (key === undefined) return false
    await limits(`${method} ${path}`, perMinute, `${key} ${ip}`, response)
    return true
  }
}
