import { decodeJwt } from 'jose'
import type { Caller } from '../../schemas/caller.ts'
import type { VisitorTokens } from '../runtime/auth/visitor-tokens.ts'
import type { Tokens } from '../runtime/http/exchange.ts'
import type { AccessTokens } from './identity/access-tokens.ts'
import { type ApiKeys, apiKeyPrefix } from './identity/api-keys.ts'
import type { Standing } from './identity/standing.ts'

export interface CredentialReaders {
  accessTokens: Pick<AccessTokens, 'callerOf'>
  standing: Pick<Standing, 'apply'>
  visitorTokens: Pick<VisitorTokens, 'readVisitorToken'>
  apiKeys: Pick<ApiKeys, 'callerOf'>
}

/** Who stands behind what a client shows as its bearer: an API key, a visitor token or an access token. */
export function createCredentials(readers: CredentialReaders): Tokens {
  const { accessTokens, visitorTokens, apiKeys, standing } = readers
  return {
    async read(token): Promise<Caller> {
      if (token.startsWith(apiKeyPrefix)) return apiKeys.callerOf(token)
      if (isVisitorToken(token)) return visitorTokens.readVisitorToken(token)
      return standing.apply(await accessTokens.callerOf(token))
    },
  }
}

/** By what the token says of itself; whether that is true, its reader finds out. */
function isVisitorToken(token: string): boolean {
  try {
    return decodeJwt(token).aud === 'parley-visitor'
  } catch (error) {
    // No JWT at all: the reader of access tokens has the words for it.
    if (error instanceof Error) return false
    throw error
  }
}
