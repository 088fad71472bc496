import { identityRoutes, type TokenAnswer } from '../../../schemas/identity/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Binding, bind, type RequestOf } from '../../runtime/http/binding.ts'
import { invalid } from '../../runtime/http/problem.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { GoTrue } from './gotrue.ts'
import type { LoginLimits } from './login-limits.ts'
import type { Opened, Sessions } from './sessions.ts'
import type { User, Users } from './users.ts'

export interface Issuer {
  users: Users
  sessions: Sessions
  accessTokens: AccessTokens
  loginLimits: LoginLimits
  accessTokenSeconds: number
}

type TokenRequest = RequestOf<typeof identityRoutes.token>

/** `POST /auth/v1/token`, answered by ourselves. */
export function tokenRoute(issuer: Issuer): Binding {
  return bind(identityRoutes.token, async (request) => {
    const tokens =
      request.query.grant_type === 'password' ? await byPassword(issuer, request) : await byRefresh(issuer, request)
    return { status: 200, body: tokens }
  })
}

/** The same, passed on to a real GoTrue; tries are counted here all the same. */
export function forwardedTokenRoute(goTrue: GoTrue, loginLimits: LoginLimits): Binding {
  return bind(identityRoutes.token, async (request) => {
    const { email } = request.body
    if (request.query.grant_type === 'refresh_token') {
      return {
        status: 200,
        body: await goTrue.token('refresh_token', { refresh_token: needed(request, 'refresh_token') }),
      }
    }
    const body = { email: needed(request, 'email'), password: needed(request, 'password') }
    const takeBack = await loginLimits.attempt(email ?? '', request.ip)
    const tokens = await goTrue.token('password', body)
    await takeBack()
    return { status: 200, body: tokens }
  })
}

async function byPassword(issuer: Issuer, request: TokenRequest): Promise<TokenAnswer> {
  const email = needed(request, 'email')
  const password = needed(request, 'password')
  const takeBack = await issuer.loginLimits.attempt(email, request.ip)
  const user = await issuer.users.authenticate(email, password)
  if (user === undefined) throw new Rejection('invalid-grant', 'Invalid login credentials')
  await takeBack()
  return answer(issuer, user, await issuer.sessions.open(user.id))
}

async function byRefresh(issuer: Issuer, request: TokenRequest): Promise<TokenAnswer> {
  const opened = await issuer.sessions.rotate(needed(request, 'refresh_token'))
  const user = await issuer.users.find(opened.userId)
  if (user === undefined) throw new Rejection('invalid-grant', 'The refresh token is invalid, expired or used')
  return answer(issuer, user, opened)
}

function needed({ body, query }: TokenRequest, name: 'email' | 'password' | 'refresh_token'): string {
  const value = body[name]
  if (value !== undefined) return value
  throw invalid([{ path: `/${name}`, message: `${name} is required for grant_type=${query.grant_type}` }])
}

async function answer({ accessTokens, accessTokenSeconds }: Issuer, user: User, opened: Opened): Promise<TokenAnswer> {
  const { token, expiresAt } = await accessTokens.issue(user, opened.family)
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: accessTokenSeconds,
    expires_at: expiresAt,
    refresh_token: opened.refreshToken,
    user: {
      id: user.id,
      aud: 'authenticated',
      role: 'authenticated',
      email: user.email,
      app_metadata: { workspace_id: user.workspaceId, role: user.role },
      user_metadata: { name: user.name },
    },
  }
}
