const longestMs = 3_600_000

/** How long `Retry-After` asks to wait, in milliseconds, an hour at most: seconds, or a date (RFC 9110, 10.2.3). 0 where it says nothing. */
export function waitOf(retryAfter: string | null | undefined, now = Date.now()): number {
  if (retryAfter === null || retryAfter === undefined) return 0
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), longestMs)
}
