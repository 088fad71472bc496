import { jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import Type from 'typebox'
import type { Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'

/** Tokens between our services: who calls, as the gateway found out. Outside clients never see or give one. */
export interface InternalTokens {
  /** The same string for the same caller while at least a fifth of its time is left, so that readers need to verify it once. */
  issue(caller: Caller): Promise<string>
  /** Throws Rejection('unauthenticated'). A token that was read before costs a map lookup until it expires. */
  read(token: string): Promise<Caller>
}

const issuer = 'parley'
const audience = 'parley-internal'
const lifetimeSeconds = 300
const cached = 20_000

const text = Type.String()
const expiresAt = Type.Optional(Type.Number())
const CallerClaim = Type.Union([
  Type.Object({ kind: Type.Literal('anonymous') }),
  Type.Object({
    kind: Type.Literal('visitor'),
    workspaceId: text,
    conversationId: text,
    contactId: text,
    visitorId: text,
  }),
  Type.Object({
    kind: Type.Literal('agent'),
    id: text,
    workspaceId: text,
    role: Type.Enum(['agent', 'admin']),
    email: text,
    expiresAt,
  }),
  Type.Object({ kind: Type.Literal('apiKey'), id: text, workspaceId: text, scopes: Type.Array(text), expiresAt }),
  Type.Object({ kind: Type.Literal('system'), id: text, workspaceId: Type.Optional(text) }),
])

export function createInternalTokens(secret: string, now: () => number = Date.now): InternalTokens {
  const key = new TextEncoder().encode(secret)
  const checkCaller = checkOf(CallerClaim)
  const issued = new LRUCache<string, { token: Promise<string>; freshUntil: number }>({ max: cached })
  const known = new LRUCache<string, { caller: Caller; expiresAt: number }>({ max: cached })

  const sign = (caller: Caller): Promise<string> =>
    new SignJWT({ caller })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(Math.floor(now() / 1000))
      .setExpirationTime(Math.floor(now() / 1000) + lifetimeSeconds)
      .sign(key)

  const verify = async (token: string): Promise<Caller> => {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      issuer,
      audience,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    }).catch((error: unknown) => {
      throw invalid(error)
    })
    const checked = checkCaller(payload.caller)
    if (!checked.ok) throw invalid(checked.errors)
    known.set(token, { caller: checked.value, expiresAt: (payload.exp ?? 0) * 1000 })
    return checked.value
  }

  return {
    issue(caller) {
      const id = JSON.stringify(caller)
      const before = issued.get(id)
      if (before !== undefined && before.freshUntil > now()) return before.token
      const token = sign(caller)
      issued.set(id, { token, freshUntil: now() + lifetimeSeconds * 800 })
      return token
    },
    async read(token) {
      const found = known.get(token)
      return found !== undefined && found.expiresAt > now() ? found.caller : verify(token)
    },
  }
}

function invalid(cause: unknown): Rejection {
  return Object.assign(new Rejection('unauthenticated', 'The credential is invalid or has expired'), { cause })
}
