import type { GoTrueUser, Person, TokenAnswer } from '../../../schemas/identity/resource.ts'
import { identityRoutes } from '../../../schemas/identity/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { bearerOf } from '../../runtime/auth/bearer.ts'
import { type Binding, bind, type Request, type RequestOf } from '../../runtime/http/binding.ts'
import { invalid } from '../../runtime/http/problem.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { GoTrue } from './gotrue.ts'
import { admitted, attemptLogin, type LoginTools } from './login.ts'
import type { Opened, Sessions } from './sessions.ts'
import { personOf } from './standing.ts'
import type { Users } from './users.ts'

export interface Issuer extends LoginTools {
  users: Users
  sessions: Sessions
  accessTokens: AccessTokens
  accessTokenSeconds: number
}

type TokenRequest = RequestOf<typeof identityRoutes.token>

/** GoTrue's routes, answered by ourselves. */
export function tokenRoutes(issuer: Issuer): Binding[] {
  const { users, sessions, accessTokens } = issuer
  return [
    bind(identityRoutes.token, async (request) => {
      const byPassword = request.query.grant_type === 'password'
      return { status: 200, body: byPassword ? await signIn(issuer, request) : await refresh(issuer, request) }
    }),

    bind(identityRoutes.user, async (request) => {
      bearerDemanded(request)
      const { id, workspaceId, email, role } = personOf(request.caller)
      // One whom another issuer vouches for is not in our table.
      const name = (await users.find(id))?.name ?? email
      return { status: 200, body: userOf({ id, workspaceId, email, role, name }) }
    }),

    bind(identityRoutes.endToken, async (request) => {
      const family = accessTokens.sessionOf(bearerDemanded(request))
      await sessions.end(personOf(request.caller).id, family, request.query.scope ?? 'local')
      return { status: 204 }
    }),
  ]
}

/** The same, passed on to a real GoTrue; tries are counted here all the same, and the log is asked. */
export function forwardedTokenRoutes(goTrue: GoTrue, tools: LoginTools): Binding[] {
  return [
    bind(identityRoutes.token, async (request) => {
      if (request.query.grant_type === 'refresh_token') {
        const tokens = await goTrue.token('refresh_token', { refresh_token: needed(request, 'refresh_token') })
        await admitted(tools.standing, memberOf(tokens.user))
        return { status: 200, body: tokens }
      }
      const [email, password] = [needed(request, 'email'), needed(request, 'password')]
      const { tokens } = await attemptLogin(tools, { email, ip: request.ip }, () => askFor(goTrue, email, password))
      return { status: 200, body: tokens }
    }),

    bind(identityRoutes.user, async (request) => ({
      status: 200,
      body: await goTrue.user(bearerDemanded(request)),
    })),

    bind(identityRoutes.endToken, async (request) => {
      await goTrue.logout(bearerDemanded(request), request.query.scope ?? 'local')
      return { status: 204 }
    }),
  ]
}

/** Checks a password with a real GoTrue. Throws Rejection('invalid-grant'). */
export async function askFor(goTrue: GoTrue, email: string, password: string) {
  const tokens = await goTrue.token('password', { email, password })
  return { tokens, person: memberOf(tokens.user) }
}

async function signIn(issuer: Issuer, request: TokenRequest): Promise<TokenAnswer> {
  const [email, password] = [needed(request, 'email'), needed(request, 'password')]
  const { person } = await attemptLogin(issuer, { email, ip: request.ip }, async () => {
    const found = await issuer.users.authenticate(email, password)
    return found && { person: found }
  })
  return answer(issuer, person, await issuer.sessions.open(person.id))
}

async function refresh(issuer: Issuer, request: TokenRequest): Promise<TokenAnswer> {
  const token = needed(request, 'refresh_token')
  const owner = await issuer.sessions.ownerOf(token)
  const found = owner === undefined ? undefined : await issuer.users.find(owner)
  if (found === undefined) throw new Rejection('invalid-grant', 'The refresh token is invalid, expired or used')
  // Before the token is used: should the log not be there to be asked, the token is good for another try.
  const person = await admitted(issuer.standing, found)
  return answer(issuer, person, await issuer.sessions.rotate(token))
}

function needed({ body, query }: TokenRequest, name: 'email' | 'password' | 'refresh_token'): string {
  const value = body[name]
  if (value !== undefined) return value
  throw invalid([{ path: `/${name}`, message: `${name} is required for grant_type=${query.grant_type}` }])
}

async function answer(issuer: Issuer, person: Person, opened: Opened): Promise<TokenAnswer> {
  const { token, expiresAt } = await issuer.accessTokens.issue(person, opened.family)
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: issuer.accessTokenSeconds,
    expires_at: expiresAt,
    refresh_token: opened.refreshToken,
    user: userOf(person),
  }
}

function userOf({ id, workspaceId, email, name, role }: Person): GoTrueUser {
  const app_metadata = { workspace_id: workspaceId, role }
  return { id, aud: 'authenticated', role: 'authenticated', email, app_metadata, user_metadata: { name } }
}

function memberOf({ id, email, app_metadata, user_metadata }: GoTrueUser): Person {
  const { workspace_id: workspaceId, role } = app_metadata
  return { id, workspaceId, email, role, name: user_metadata.name ?? email }
}

function bearerDemanded({ headers }: Pick<Request, 'headers'>): string {
  const token = bearerOf(headers.authorization)
  if (token !== undefined) return token
  throw new Rejection('unauthenticated', 'This needs an access token: Authorization: Bearer …')
}
