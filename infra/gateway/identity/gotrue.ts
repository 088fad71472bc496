import { GoTrueUser, TokenAnswer } from '../../../schemas/identity/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'

export type LogoutScope = 'local' | 'global' | 'others'

/** A real GoTrue, which keeps the people and issues the tokens where `GOTRUE_URL` names one. */
export interface GoTrue {
  /** Throws Rejection('invalid-grant'), also for one who belongs to no workspace; ('rate-limited') or ('unavailable'). */
  token(grant: 'password' | 'refresh_token', body: Record<string, string>): Promise<TokenAnswer>
  /** Throws Rejection('unauthenticated'), ('rate-limited') or ('unavailable'). */
  user(accessToken: string): Promise<GoTrueUser>
  /** Also when the session was over before. Throws Rejection('rate-limited') or ('unavailable'). */
  logout(accessToken: string, scope: LogoutScope): Promise<void>
}

const patienceMs = 10_000

interface Heard {
  status: number
  body: unknown
}

export function connectGoTrue(baseUrl: string): GoTrue {
  const base = baseUrl.replace(/\/$/, '')
  const checkAnswer = checkOf(TokenAnswer)
  const checkUser = checkOf(GoTrueUser)

  const ask = async (path: string, init: RequestInit): Promise<Heard> => {
    const response = await fetch(base + path, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    }).catch(away)
    const text = await response.text().catch(away)
    if (response.status === 429) throw new Rejection('rate-limited', 'Too many log-ins; try again later')
    if (response.status >= 500) return away(undefined)
    return { status: response.status, body: parsed(text) }
  }
  const bearer = (accessToken: string) => ({ authorization: `Bearer ${accessToken}` })

  return {
    async token(grant, body) {
      const { status, body: answer } = await ask(`/token?grant_type=${grant}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (status !== 200) throw new Rejection('invalid-grant', sentenceOf(answer))
      const checked = checkAnswer(withExpiry(answer))
      if (!checked.ok) throw new Rejection('invalid-grant', noMember(checked.errors[0]?.message))
      return checked.value
    },
    async user(accessToken) {
      const { status, body } = await ask('/user', { headers: bearer(accessToken) })
      if (status !== 200) throw new Rejection('unauthenticated', sentenceOf(body))
      const checked = checkUser(body)
      if (!checked.ok) throw new Rejection('unauthenticated', noMember(checked.errors[0]?.message))
      return checked.value
    },
    async logout(accessToken, scope) {
      await ask(`/logout?scope=${scope}`, { method: 'POST', headers: bearer(accessToken) })
    },
  }
}

/** Older ones say only how long the token lasts. */
function withExpiry(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('expires_in' in answer)) return answer
  return { expires_at: Math.floor(Date.now() / 1000) + Number(answer.expires_in), ...answer }
}

const noMember = (reason = '') =>
  `The token issuer knows this person, but as a member of no workspace (app_metadata): ${reason}`

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    return away(error)
  }
}

function away(cause: unknown): never {
  throw Object.assign(new Rejection('unavailable', 'The token issuer cannot be reached; try again'), { cause })
}

/** GoTrue has named it differently over the years. */
function sentenceOf(answer: unknown): string {
  const fields: Record<string, unknown> = typeof answer === 'object' && answer !== null ? { ...answer } : {}
  const found = [fields.msg, fields.error_description, fields.message].find((text) => typeof text === 'string')
  return typeof found === 'string' ? found : 'Invalid login credentials'
}
