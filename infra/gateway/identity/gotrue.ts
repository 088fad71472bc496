import { Rejection } from '../../../schemas/rejection.ts'

/** A real GoTrue, which issues the tokens where `GOTRUE_URL` names one. */
export interface GoTrue {
  /** Its answer as it is. Throws Rejection('invalid-grant'), ('rate-limited') or ('unavailable'). */
  token(grant: 'password' | 'refresh_token', body: Record<string, string>): Promise<unknown>
}

const patienceMs = 10_000

export function connectGoTrue(baseUrl: string): GoTrue {
  return {
    async token(grant, body) {
      const response = await fetch(`${baseUrl.replace(/\/$/, '')}/token?grant_type=${grant}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      }).catch(away)
      const answer: unknown = await response.json().catch(away)
      if (response.ok) return answer
      if (response.status === 429) throw new Rejection('rate-limited', 'Too many log-ins; try again later')
      if (response.status >= 500) return away(undefined)
      throw new Rejection('invalid-grant', sentenceOf(answer))
    },
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
