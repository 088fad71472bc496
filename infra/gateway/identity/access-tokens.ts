import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import Type from 'typebox'
import { Role } from '../../../schemas/agent/events.ts'
import type { Caller } from '../../../schemas/caller.ts'
import { Id } from '../../../schemas/fields.ts'
import type { Person } from '../../../schemas/identity/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'
import type { Config } from '../../runtime/config.ts'

export interface IssuedToken {
  token: string
  /** Seconds since the Unix epoch. */
  expiresAt: number
}

/** GoTrue's access tokens: HS256 with the shared secret, or signed by any issuer whose JWKS is configured. */
export interface AccessTokens {
  issue(user: Person, session: string): Promise<IssuedToken>
  /** Throws Rejection('unauthenticated'); Rejection('unavailable') when the issuer's keys cannot be had. */
  callerOf(token: string): Promise<AgentCaller>
  /** The session for which a token was issued, as it says itself; for tokens that `callerOf` has taken. */
  sessionOf(token: string): string | undefined
}

type AgentCaller = Extract<Caller, { kind: 'agent' }>

const Claims = Type.Object({
  sub: Id,
  email: Type.String(),
  app_metadata: Type.Object({ workspace_id: Id, role: Role }),
  exp: Type.Number(),
})

/** Never a symmetric one: the issuer's public key must not be taken for a secret. */
const publicAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

type Settings = Pick<Config, 'goTrueSecret' | 'jwksUrl' | 'accessTokenSeconds' | 'publicUrl'>

/** A key that is new at the issuer's is fetched so long after the fetch before it, at the earliest. */
const jwksPauseMs = 5000

export function createAccessTokens(
  config: Settings,
  now: () => number = Date.now,
  { pauseMs = jwksPauseMs }: { pauseMs?: number } = {},
): AccessTokens {
  const secret = new TextEncoder().encode(config.goTrueSecret)
  const issuerKeys =
    config.jwksUrl === undefined
      ? undefined
      : createRemoteJWKSet(new URL(config.jwksUrl), { timeoutDuration: 3000, cooldownDuration: pauseMs })
  const checkClaims = checkOf(Claims)
  const known = new LRUCache<string, { caller: AgentCaller; expiresAt: number }>({ max: 10_000 })

  const verify = async (token: string): Promise<JWTPayload> => {
    const currentDate = new Date(now())
    const { alg } = decodeProtectedHeader(token)
    if (alg === 'HS256' || issuerKeys === undefined) {
      return (await jwtVerify(token, secret, { algorithms: ['HS256'], currentDate })).payload
    }
    return (await jwtVerify(token, issuerKeys, { algorithms: publicAlgorithms, currentDate })).payload
  }

  return {
    async issue(user, session) {
      const issuedAt = Math.floor(now() / 1000)
      const expiresAt = issuedAt + config.accessTokenSeconds
      const claims = {
        email: user.email,
        role: 'authenticated',
        app_metadata: { provider: 'email', workspace_id: user.workspaceId, role: user.role },
        user_metadata: { name: user.name },
        session_id: session,
      }
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(`${config.publicUrl}/auth/v1`)
        .setSubject(user.id)
        .setAudience('authenticated')
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(secret)
      return { token, expiresAt }
    },
    async callerOf(token) {
      const found = known.get(token)
      if (found !== undefined && found.expiresAt > now()) return found.caller
      const checked = checkClaims(await verify(token).catch(refuse))
      if (!checked.ok) throw invalid(`The access token lacks what is needed: ${checked.errors[0]?.message}`)
      const { sub, email, app_metadata, exp } = checked.value
      const { workspace_id: workspaceId, role } = app_metadata
      const caller: AgentCaller = { kind: 'agent', id: sub, workspaceId, role, email, expiresAt: exp }
      known.set(token, { caller, expiresAt: exp * 1000 })
      return caller
    },
    sessionOf(token) {
      const { session_id: session } = decodeJwt(token)
      return typeof session === 'string' && uuid.test(session) ? session : undefined
    },
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const invalid = (detail: string) => new Rejection('unauthenticated', detail)

/** Most errors are about the token; some are about the issuer, whose keys could not be fetched. */
function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw invalid('The access token has expired')
  if (isFetchFailure(error)) {
    throw Object.assign(new Rejection('unavailable', 'The keys of the token issuer cannot be reached'), {
      cause: error,
    })
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) throw invalid('The access token is invalid')
  throw error
}

/** No answer, another status than 200, and an answer that holds no keys. */
const unreachable = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'])

function isFetchFailure(error: unknown): boolean {
  if (error instanceof errors.JOSEError) return unreachable.has(error.code)
  return error instanceof TypeError && error.message === 'fetch failed'
}
