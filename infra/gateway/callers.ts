import type { IncomingMessage } from 'node:http'
import type { Caller } from '../../schemas/caller.ts'
import { identityRoutes } from '../../schemas/identity/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { bearerOf } from '../runtime/auth/bearer.ts'
import type { Tokens } from '../runtime/http/exchange.ts'
import type { CookieSessions } from './identity/cookie-sessions.ts'
import { csrfTokenFits } from './identity/csrf.ts'
import { sessionTokenOf } from './identity/session-cookie.ts'
import type { Standing } from './identity/standing.ts'
import type { Origins } from './origins.ts'

/** Who sends a request: by a bearer credential, else by the session cookie, else nobody. Throws Rejections. */
export interface Callers {
  /** Found out once for each request, however often it is asked. Throws Rejection('forbidden') where the cookie wants X-CSRFToken. */
  ofRequest(request: IncomingMessage): Promise<Caller>
  /**
   * Of a websocket's handshake, or of a request that takes its place (server-sent events, polls), which may show its credential as
   * `?token=` or `?access_token=`, since browsers can set no header there. Empty ones are none.
   */
  ofConnection(request: IncomingMessage, url: URL): Promise<Caller>
}

export interface CallerTools {
  credentials: Tokens
  /** Those of our own services. */
  tokens: Tokens
  cookieSessions: Pick<CookieSessions, 'callerOf'>
  standing: Pick<Standing, 'apply'>
  origins: Origins
  /** How long a socket may rest on a cookie: its session may end meanwhile, and nobody would tell it. */
  socketSeconds: number
}

const anonymous: Caller = { kind: 'anonymous' }

/** Parameters of an address that may hold a credential; they must not go further than the gateway. */
export const connectionTokens = ['token', 'access_token'] as const

/** Where nobody is somebody by a cookie: what logs in or out by other means, and what end users call from widgets on our own host. */
const withoutCookies =
  /^\/(auth\/(login|password|v1\/.*)|api\/v1\/chat\/.*|chat-widget(\/.*)?|platform\/api\/conversations\/init)\/?$/
/** Keys that stand in pages for all to read say for which site somebody asks, not who he is. */
const siteKey = /^(sk|ew)_/
/** What our own services ask of the gateway: there internal tokens count, and nothing else. */
const internalPath = identityRoutes.recognise.path
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function createCallers(tools: CallerTools): Callers {
  const { credentials, tokens, cookieSessions, standing, origins, socketSeconds } = tools
  const found = new WeakMap<IncomingMessage, Promise<Caller>>()

  const bearer = (token: string): Promise<Caller> =>
    siteKey.test(token) ? Promise.resolve(anonymous) : credentials.read(token)

  /** A session that has ended, or whose owner was removed, makes nobody of its bearer: browsers send old cookies everywhere. */
  const ofSession = async (token: string): Promise<Extract<Caller, { kind: 'agent' }> | undefined> => {
    const owner = await cookieSessions.callerOf(token)
    if (owner === undefined) return undefined
    try {
      return await standing.apply(owner)
    } catch (error) {
      if (error instanceof Rejection && error.code === 'unauthenticated') return undefined
      throw error
    }
  }

  const find = async (request: IncomingMessage): Promise<Caller> => {
    const { headers, method = 'GET', url = '/' } = request
    const token = bearerOf(headers.authorization)
    if (url === internalPath) return token === undefined ? anonymous : tokens.read(token)
    if (token !== undefined) return bearer(token)
    const session = sessionTokenOf(headers)
    if (session === undefined || withoutCookies.test(url.split('?', 1)[0] ?? '/')) return anonymous
    const owner = await ofSession(session)
    if (owner === undefined) return anonymous
    if (!safeMethods.has(method)) demandCsrfToken(session, headers['x-csrftoken'])
    // Of one request it does not matter when the session will end.
    const { expiresAt: _, ...caller } = owner
    return caller
  }

  return {
    ofRequest(request) {
      const before = found.get(request)
      if (before !== undefined) return before
      const caller = find(request)
      found.set(request, caller)
      return caller
    },
    async ofConnection({ headers }, { searchParams }) {
      const shown = connectionTokens.map((name) => searchParams.get(name) ?? '').find((value) => value !== '')
      const token = bearerOf(headers.authorization) ?? shown
      if (token !== undefined) return bearer(token)
      const session = sessionTokenOf(headers)
      if (session === undefined) return anonymous
      // Browsers let every page open a socket to us, cookies and all, and say only where it comes from. What is no browser says nothing.
      const { origin, host } = headers
      if (origin !== undefined && !origins.trusted(origin, host)) return anonymous
      const owner = await ofSession(session)
      if (owner === undefined) return anonymous
      const { expiresAt = Number.POSITIVE_INFINITY } = owner
      return { ...owner, expiresAt: Math.min(expiresAt, Math.floor(Date.now() / 1000) + socketSeconds) }
    },
  }
}

function demandCsrfToken(session: string, given: string | string[] | undefined): void {
  if (typeof given === 'string' && csrfTokenFits(session, given)) return
  const what = given === undefined ? 'is missing' : 'is not that of this session'
  throw new Rejection('forbidden', `X-CSRFToken ${what}: take it from GET /auth/csrf`, [
    { path: 'X-CSRFToken', message: `X-CSRFToken ${what}` },
  ])
}
