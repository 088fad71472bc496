/** How long to wait before the next attempt: doubles from a quarter of a second to 15 s, spread so that all do not return at once. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(250 * 2 ** failures, 15_000)
  return Math.round(whole * (0.75 + random / 2))
}

/** A process that lived this long has started well: its next failure counts as the first. */
export const STABLE_MS = 10_000

/** What has been ready does its work again once it is back, so that it is kept away for two seconds at most, however often it dies. */
export const MOST_AFTER_READY = 4
