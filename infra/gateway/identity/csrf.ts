import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * What a page shows to prove that it may read our answers, which pages of other sites may not. Bound to the session: only who has its
 * token can compute it, and another session's does not fit.
 */
export function csrfTokenOf(session: string): string {
  return createHmac('sha256', session).update('csrf').digest('base64url')
}

export function csrfTokenFits(session: string, given: string): boolean {
  const [expected, found] = [Buffer.from(csrfTokenOf(session)), Buffer.from(given)]
  return expected.length === found.length && timingSafeEqual(expected, found)
}
