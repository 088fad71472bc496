import { identityRoutes } from '../../../schemas/identity/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { bearerOf } from '../../runtime/auth/bearer.ts'
import { type Binding, bind, type Request } from '../../runtime/http/binding.ts'
import { invalid } from '../../runtime/http/problem.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { CookieSessions } from './cookie-sessions.ts'
import type { OwnSession } from './log-ins.ts'
import type { LoginLimits } from './login-limits.ts'
import type { PasswordLinks } from './password-links.ts'
import { hashOf } from './secret.ts'
import { sessionTokenOf } from './session-cookie.ts'
import { personOf, type Standing } from './standing.ts'
import type { Users } from './users.ts'

export interface PasswordTools {
  users: Users
  links: PasswordLinks
  cookieSessions: CookieSessions
  accessTokens: Pick<AccessTokens, 'sessionOf'>
  standing: Standing
  loginLimits: LoginLimits
}

/** Setting a password with a link, and changing one's own. */
export function passwordRoutes(tools: PasswordTools): Binding[] {
  const { users, links, cookieSessions, accessTokens, standing, loginLimits } = tools

  const ownSession = ({ headers }: Pick<Request, 'headers'>): OwnSession => {
    const bearer = bearerOf(headers.authorization)
    return bearer === undefined ? { cookie: sessionTokenOf(headers) } : { family: accessTokens.sessionOf(bearer) }
  }

  return [
    bind(identityRoutes.setPassword, async ({ body: { token, password }, ip }) => {
      const takeBack = await loginLimits.attempt(`link ${hashOf(token).toString('base64')}`, ip)
      const owner = await links.ownerOf(token)
      if (owner !== undefined && (await standing.ask(owner)).status === 'removed') {
        throw new Rejection('invalid-link', 'This link is of a person who was removed')
      }
      await links.use(token, password)
      cookieSessions.forget()
      await takeBack()
      return { status: 204 }
    }),

    bind(identityRoutes.changePassword, async (request) => {
      const { currentPassword, newPassword } = request.body
      const { id, email } = personOf(request.caller)
      const takeBack = await loginLimits.attempt(email, request.ip)
      const user = await users.authenticate(email, currentPassword)
      if (user === undefined || user.id !== id) {
        throw invalid([{ path: '/currentPassword', message: 'currentPassword is not your password' }])
      }
      await users.setPassword(id, newPassword, ownSession(request))
      cookieSessions.forget()
      await takeBack()
      return { status: 204 }
    }),
  ]
}

/** Where a real GoTrue keeps the passwords. */
export function foreignPasswordRoutes(): Binding[] {
  const refuse = () => {
    throw new Rejection('forbidden', 'Passwords are kept by the GoTrue of this installation: change yours there')
  }
  return [bind(identityRoutes.setPassword, refuse), bind(identityRoutes.changePassword, refuse)]
}
