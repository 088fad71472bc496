import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../runtime/config.ts'
import type { Origins } from './origins.ts'

/** Sets what browsers go by on every answer; true when that answered the request, which was a preflight. */
export type BrowserRules = (request: IncomingMessage, response: ServerResponse) => boolean

const exposed =
  'ETag, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Position, X-Request-Id, ' +
  'Accept-Ranges, Content-Disposition, Content-Range'
/** The last five are what the official clients of GoTrue and SignalR send. */
const allowedHeaders =
  'Authorization, Content-Type, Idempotency-Key, If-Match, X-CSRFToken, X-Site-Key, X-Wait-For, X-Request-Id, traceparent, ' +
  'If-None-Match, If-Range, Range, apikey, X-Client-Info, X-Supabase-Api-Version'
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE'

/**
 * CORS by the configured origins, and headers that keep an answer from being run, framed or guessed at. With the session cookie only
 * origins that are listed by name may call: `*` lets every page call, as nobody.
 */
export function createBrowserRules(config: Pick<Config, 'corsOrigins' | 'publicUrl'>, origins: Origins): BrowserRules {
  const any = config.corsOrigins.includes('*')
  const secure = config.publicUrl.startsWith('https:')

  return (request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('X-Frame-Options', 'DENY')
    response.setHeader('Referrer-Policy', 'no-referrer')
    response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
    if (secure) response.setHeader('Strict-Transport-Security', 'max-age=31536000')

    response.setHeader('Vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined) return false
    const listed = origins.listed(origin)
    if (!listed && !any) return false
    response.setHeader('Access-Control-Allow-Origin', listed ? origin : '*')
    if (listed) response.setHeader('Access-Control-Allow-Credentials', 'true')
    response.setHeader('Access-Control-Expose-Headers', exposed)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false
    response
      .writeHead(204, {
        'Access-Control-Allow-Methods': allowedMethods,
        'Access-Control-Allow-Headers': allowedHeaders,
        'Access-Control-Max-Age': '600',
      })
      .end()
    return true
  }
}
