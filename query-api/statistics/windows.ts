import { lastDays } from './calendar.ts'

/** The windows of document A's figures: the last 30 days with today in them, the 30 days before, and today. */
export type Window = 'before' | 'now' | 'today'

/**
 * Midnight before the 30 days before the last 30; before the last 30, today included; before today; and after it, since what claims to
 * happen later is in no window. In ms since 1970.
 */
export function boundariesAt(now: Date, timeZone: string): number[] {
  const { days } = lastDays(now, timeZone, 60)
  return [days[0]?.from, days[30]?.from, days[59]?.from, days[59]?.to].map(Number)
}

/** One measure in each window. */
export function sumsIn<M extends string>(
  rows: readonly ({ window: number } & Record<M, number>)[],
  measure: M,
): Record<Window, number> {
  const of = (window: number) =>
    rows.reduce((sum: number, row) => (row.window === window ? sum + row[measure] : sum), 0)
  return { before: of(0), now: of(1) + of(2), today: of(2) }
}
