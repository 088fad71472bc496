import type { Person } from '../../../schemas/identity/resource.ts'
import { identityRoutes } from '../../../schemas/identity/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { bearerOf } from '../../runtime/auth/bearer.ts'
import { type Binding, bind, type Request } from '../../runtime/http/binding.ts'
import type { Origins } from '../origins.ts'
import type { CookieSessions } from './cookie-sessions.ts'
import { csrfTokenOf } from './csrf.ts'
import { attemptLogin, type LoginTools } from './login.ts'
import { type SessionCookie, sessionTokenOf } from './session-cookie.ts'

export interface CookieTools extends LoginTools {
  /** Whose password it is: of our own people, or of a real GoTrue's. */
  check: (email: string, password: string) => Promise<{ person: Person } | undefined>
  cookieSessions: CookieSessions
  cookie: SessionCookie
  origins: Origins
  /** Ends the session of an access token. */
  endToken: (accessToken: string, userId: string) => Promise<void>
}

/** Logging in and out by cookie (API.md, Identity; document C). */
export function cookieRoutes(tools: CookieTools): Binding[] {
  const { cookieSessions, cookie, origins } = tools
  return [
    bind(identityRoutes.login, async ({ body, headers, ip }) => {
      // A page of somebody else's must not log our visitor in, into an account of its own choice.
      if (headers.origin !== undefined && !origins.trusted(headers.origin, headers.host)) {
        throw new Rejection('forbidden', 'Logging in from pages of this origin needs it to be listed in CORS_ORIGINS')
      }
      const { email, password } = body
      const { person } = await attemptLogin(tools, { email, ip }, () => tools.check(email, password))
      const before = sessionTokenOf(headers)
      if (before !== undefined) await cookieSessions.end(before)
      const token = await cookieSessions.open(person)
      return {
        status: 200,
        body: { user: person, csrfToken: csrfTokenOf(token) },
        headers: { 'Set-Cookie': cookie.set(token) },
      }
    }),

    bind(identityRoutes.csrf, ({ headers }) => ({
      status: 200,
      body: { csrfToken: csrfTokenOf(cookieDemanded(headers)) },
    })),

    bind(identityRoutes.logout, async ({ caller, headers }) => {
      const bearer = bearerOf(headers.authorization)
      const session = sessionTokenOf(headers)
      if (bearer !== undefined) {
        if (caller.kind === 'agent') await tools.endToken(bearer, caller.id)
      } else if (session !== undefined) await cookieSessions.end(session)
      return { status: 204, headers: { 'Set-Cookie': cookie.clear() } }
    }),
  ]
}

/** The session of a caller who was let in by it. */
function cookieDemanded(headers: Request['headers']): string {
  const session = bearerOf(headers.authorization) === undefined ? sessionTokenOf(headers) : undefined
  if (session !== undefined) return session
  throw new Rejection('unauthenticated', 'This needs the session cookie: POST /auth/login sets it')
}
