import { createHash, createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import Type, { type Static } from 'typebox'
import { checkOf } from '../../schemas/validator.ts'
import { byStatus, plainReason } from '../domain/push/verdict.ts'
import { post } from './post.ts'
import { type Outcome, unreached } from './sender.ts'

/** What of Google's service account is used. Its `token_uri` is not: an admin could make this server call any address by it. */
const ServiceAccount = Type.Object({
  project_id: Type.String({ pattern: '^[a-z0-9.:-]{1,100}$' }),
  client_email: Type.String({ minLength: 1, maxLength: 300 }),
  private_key: Type.String(),
  private_key_id: Type.Optional(Type.String()),
})
export type ServiceAccount = Static<typeof ServiceAccount>

const checkAccount = checkOf(ServiceAccount)
const checkGrant = checkOf(
  Type.Object({ access_token: Type.String({ minLength: 1 }), expires_in: Type.Number({ exclusiveMinimum: 0 }) }),
)
const checkRefusal = checkOf(Type.Object({ error: Type.String() }))

/** Undefined where the text is no service account. */
export function serviceAccountOf(text: string): ServiceAccount | undefined {
  try {
    const account = checkAccount(JSON.parse(text))
    return account.ok ? account.value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export type Granted = { kind: 'token'; token: string } | Outcome

const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** So much earlier than it ends a token is taken for ended. */
const marginSeconds = 60
const keptAccounts = 1000

/** Access tokens of service accounts, by a JWT that their key has signed (RFC 7523), each used until it ends. */
export class GoogleTokens {
  readonly #url: string
  readonly #granted = new LRUCache<string, Promise<Granted>>({ max: keptAccounts })

  constructor(url: string) {
    this.#url = url
  }

  of(account: ServiceAccount): Promise<Granted> {
    const name = nameOf(account)
    const known = this.#granted.get(name)
    if (known !== undefined) return known
    // Several pushes at once wait for one token; what came of it is kept, or forgotten, when it is known.
    const granted = this.#ask(account).then(({ seconds, ...what }) => {
      if (seconds > 0) this.#granted.set(name, granted, { ttl: seconds * 1000 })
      else this.#granted.delete(name)
      return what
    })
    this.#granted.set(name, granted)
    return granted
  }

  /** The one that is held is not taken any more. */
  forget(account: ServiceAccount): void {
    this.#granted.delete(nameOf(account))
  }

  async #ask(account: ServiceAccount): Promise<Granted & { seconds: number }> {
    const assertion = await this.#assertion(account)
    if (assertion === undefined) return { kind: 'give-up', why: 'the service account has no key for RS256', seconds: 0 }
    try {
      const form = new URLSearchParams({ grant_type: grantType, assertion })
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const { status, body, retryAfterMs } = await post(this.#url, headers, String(form))
      const grant = checkGrant(body)
      if (status === 200 && grant.ok) {
        const { access_token: token, expires_in } = grant.value
        return { kind: 'token', token, seconds: Math.max(expires_in - marginSeconds, 1) }
      }
      const refusal = checkRefusal(body)
      const why = `Google gives no access token: ${status}${plainReason(refusal.ok ? refusal.value.error : undefined)}`
      return { ...byStatus(status, why), retryAfterMs, seconds: 0 }
    } catch (error) {
      return { ...unreached("Google's token server", error), seconds: 0 }
    }
  }

  async #assertion({ client_email, private_key, private_key_id }: ServiceAccount): Promise<string | undefined> {
    try {
      return await new SignJWT({ scope })
        .setProtectedHeader({
          alg: 'RS256',
          typ: 'JWT',
          ...(private_key_id === undefined ? {} : { kid: private_key_id }),
        })
        .setIssuer(client_email)
        .setAudience(this.#url)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(createPrivateKey(private_key))
    } catch (error) {
      // Whatever is wrong with a key is not told: a message might quote it.
      if (error instanceof Error) return undefined
      throw error
    }
  }
}

/** A key that was replaced is another account. */
function nameOf({ client_email, private_key }: ServiceAccount): string {
  return createHash('sha256').update(`${client_email}\n${private_key}`).digest('base64url')
}
