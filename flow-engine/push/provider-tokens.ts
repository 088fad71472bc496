import { createHash, createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'

/** By whom Apple knows a provider: a team and one of its keys. */
export interface Provider {
  teamId: string
  keyId: string
  /** PEM, on the curve P-256. */
  privateKey: string
}

/** Apple takes no token that is older than an hour, and none that is made anew within twenty minutes of the last. */
const lifetimeMs = 50 * 60_000
const keptProviders = 1000

/** The JWTs by which a provider shows who it is (Apple, "Establishing a token-based connection to APNs"). */
export class ProviderTokens {
  readonly #tokens: LRUCache<string, Promise<string | undefined>>

  constructor(lifetime = lifetimeMs) {
    this.#tokens = new LRUCache({ max: keptProviders, ttl: lifetime })
  }

  /** Undefined where the key cannot sign. */
  of(provider: Provider): Promise<string | undefined> {
    const name = nameOf(provider)
    const token = this.#tokens.get(name) ?? sign(provider)
    if (!this.#tokens.has(name)) this.#tokens.set(name, token)
    return token
  }

  /** Apple has said that it has expired. */
  forget(provider: Provider): void {
    this.#tokens.delete(nameOf(provider))
  }
}

async function sign({ teamId, keyId, privateKey }: Provider): Promise<string | undefined> {
  try {
    return await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuer(teamId)
      .setIssuedAt()
      .sign(createPrivateKey(privateKey))
  } catch (error) {
    // Whatever is wrong with a key is not told: a message might quote it.
    if (error instanceof Error) return undefined
    throw error
  }
}

function nameOf({ teamId, keyId, privateKey }: Provider): string {
  return createHash('sha256').update(`${teamId}\n${keyId}\n${privateKey}`).digest('base64url')
}
