import { jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import Type, { type Static } from 'typebox'
import type { Caller } from '../../../schemas/caller.ts'
import { Id } from '../../../schemas/fields.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'

const VisitorClaims = Type.Object({
  workspaceId: Id,
  conversationId: Id,
  contactId: Id,
  visitorId: Type.String({ minLength: 1 }),
})
export type VisitorClaims = Static<typeof VisitorClaims>

export interface VisitorTokens {
  issueVisitorToken(claims: VisitorClaims): Promise<string>
  /** Throws Rejection('unauthenticated'). */
  readVisitorToken(token: string): Promise<Extract<Caller, { kind: 'visitor' }>>
}

const issuer = 'parley'
const audience = 'parley-visitor'

/**
 * A visitor's right to one conversation. It never expires, as the conversation's id itself, which gives nearly the same right, does
 * not; and it has no time in it, so that a repeated command answers the same token.
 */
export function createVisitorTokens(secret: string): VisitorTokens {
  const key = new TextEncoder().encode(secret)
  const checkClaims = checkOf(VisitorClaims)
  const known = new LRUCache<string, Extract<Caller, { kind: 'visitor' }>>({ max: 20_000 })

  return {
    issueVisitorToken({ workspaceId, conversationId, contactId, visitorId }) {
      return new SignJWT({ workspaceId, conversationId, contactId, visitorId })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(issuer)
        .setAudience(audience)
        .sign(key)
    },
    async readVisitorToken(token) {
      const found = known.get(token)
      if (found !== undefined) return found
      const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], issuer, audience }).catch(
        (error: unknown) => {
          throw invalid(error)
        },
      )
      const { workspaceId, conversationId, contactId, visitorId } = payload
      const checked = checkClaims({ workspaceId, conversationId, contactId, visitorId })
      if (!checked.ok) throw invalid(checked.errors)
      const caller = { kind: 'visitor' as const, ...checked.value }
      known.set(token, caller)
      return caller
    },
  }
}

function invalid(cause: unknown): Rejection {
  return Object.assign(new Rejection('unauthenticated', 'The visitor token is invalid'), { cause })
}
