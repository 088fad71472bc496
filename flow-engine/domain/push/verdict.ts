/** What became of a push, as the answer of Google or Apple says. `why` is theirs, and names no token. */
export type Verdict =
  | { kind: 'sent' }
  /** The token takes no pushes any more: the app is gone, or has another one. */
  | { kind: 'dead-token'; why: string }
  /** Another try may do better; `stale`: with fresh credentials alone. */
  | { kind: 'retry'; why: string; stale?: boolean }
  /** No try will do better until somebody mends the set-up. */
  | { kind: 'give-up'; why: string }

export const sent: Verdict = { kind: 'sent' }

/** What an answer says that has no code which is known. */
export function byStatus(status: number, why: string): Verdict {
  if (status === 408 || status === 429 || status >= 500) return { kind: 'retry', why }
  return { kind: 'give-up', why }
}

/** A reason as it may be stored and shown, whatever the other side has put there. */
export function plainReason(reason: unknown): string {
  return typeof reason === 'string' && /^[A-Za-z_]{1,60}$/.test(reason) ? ` ${reason}` : ''
}
