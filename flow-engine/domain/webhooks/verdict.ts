/** What came of a try: an answer, or the reason why there is none; `refused`: it was not even sent, by rule. */
export type Tried =
  | { kind: 'answer'; status: number; retryAfterMs: number }
  | { kind: 'failure'; refused: boolean; why: string }

/** What follows of it. `gone`: the receiver wants no more of anything. */
export type Verdict =
  | { kind: 'delivered'; status: number }
  | { kind: 'retry'; status: number | null; why: string; delayMs: number }
  | { kind: 'dead'; status: number | null; why: string }
  | { kind: 'gone'; status: number; why: string }

export interface Rule {
  /** How often it is tried in all. */
  attempts: number
  /** Before the second try, on average; each further pause is twice as long. */
  retryMs: number
}

const longestMs = 3_600_000

/** `tries` counts this one; `chance` is a number from 0 to 1, so that those who failed together do not come back together. */
export function verdictOf(tried: Tried, tries: number, { attempts, retryMs }: Rule, chance: number): Verdict {
  if (tried.kind === 'answer') {
    const { status } = tried
    if (status >= 200 && status < 300) return { kind: 'delivered', status }
    if (status === 410) return { kind: 'gone', status, why: 'It answered 410 Gone, and was turned off.' }
  }
  const status = tried.kind === 'answer' ? tried.status : null
  const why = tried.kind === 'answer' ? answered(tried.status) : tried.why
  const isFinal = tried.kind === 'failure' && tried.refused
  if (isFinal || tries >= attempts) return { kind: 'dead', status, why }
  const own = retryMs * 2 ** (tries - 1) * (0.5 + chance)
  const asked = tried.kind === 'answer' ? tried.retryAfterMs : 0
  return { kind: 'retry', status, why, delayMs: Math.round(Math.min(Math.max(own, asked), longestMs)) }
}

function answered(status: number): string {
  return status >= 300 && status < 400 ? `It answered ${status}; redirects are not followed.` : `It answered ${status}.`
}
