import type { Span } from '../statistics/calendar.ts'
import { quarterMs } from '../statistics/sums.ts'

/** Messages in an hour of the week: 0 begins on Monday, at midnight on the clocks of the zone. */
export interface HourRow {
  hour: number
  messages: number
}

/** 1 January 1970 was a Thursday. */
const hoursFromMonday = 72
const hoursAWeek = 168

/** The statement that counts a window's visitor messages by hour of the week; each span of the window has its own offset to UTC. */
export function hoursSql(spans: readonly Span[]): string {
  const list = (of: (span: Span) => number) => `'{${spans.map((span) => Math.round(of(span))).join(',')}}'::int[]`
  return `select t.hour, sum(t.messages) as messages
    from unnest(${list(({ from }) => from / quarterMs)}, ${list(({ to }) => to / quarterMs)},
      ${list(({ offset }) => offset / 60_000)}) s(low, high, minutes)
    cross join lateral (
      select ((quarter * 15 + s.minutes) / 60 + ${hoursFromMonday}) % ${hoursAWeek} as hour, sum(visitor_messages) as messages
      from read.statistics_quarters
      where workspace_id = :workspaceId and dimension = '' and quarter >= s.low and quarter < s.high
      group by 1) t
    group by t.hour`
}

/** Seven days of 24 hours. */
export function heatmapOf(rows: readonly HourRow[]): number[][] {
  const hours = Array.from({ length: hoursAWeek }, () => 0)
  for (const { hour, messages } of rows) hours[hour] = messages
  return Array.from({ length: 7 }, (_, day) => hours.slice(day * 24, day * 24 + 24))
}
