/** A calendar day of a zone: from its first instant to that of the next day, in ms since 1970 UTC. */
export interface Day {
  /** YYYY-MM-DD. */
  date: string
  from: number
  to: number
}

/** A stretch of time in which a zone keeps one offset to UTC; all in ms. */
export interface Span {
  from: number
  to: number
  offset: number
}

export interface Calendar {
  days: readonly Day[]
  /** Of the same time. */
  spans: readonly Span[]
}

const minuteMs = 60_000
const dayMs = 86_400_000

/** The last days of a zone, today included. */
export function lastDays(now: Date, timeZone: string, count: number): Calendar {
  const offsetAt = offsetsOf(timeZone)
  const today = Math.floor((now.getTime() + offsetAt(now.getTime())) / dayMs)
  return daysFrom(offsetAt, today - count + 1, count)
}

/** One day of a zone; undefined for a date that is none, or lies where nobody has clocks yet or any more. */
export function dayOn(date: string, timeZone: string): Day | undefined {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(midnight) || dateOf(midnight / dayMs) !== date) return undefined
  if (date < '1970-01-03' || date > '9999-12-28') return undefined
  return daysFrom(offsetsOf(timeZone), midnight / dayMs, 1).days[0]
}

/** Offset of a zone at an instant, both in ms. */
type Offsets = (instant: number) => number

/** `first` is the first day, counted from 1970. */
function daysFrom(offsetAt: Offsets, first: number, count: number): Calendar {
  const around = spansOf(offsetAt, (first - 2) * dayMs, (first + count + 2) * dayMs)
  const days = Array.from({ length: count }, (_, n) => {
    const [from, to] = [beginning(first + n, around), beginning(first + n + 1, around)]
    return { date: dateOf(first + n), from, to }
  })
  const [from, to] = [days[0]?.from ?? 0, days.at(-1)?.to ?? 0]
  const spans = around.map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }))
  return { days, spans: spans.filter((span) => span.from < span.to) }
}

/** The first instant of a day: where clocks skip midnight, the first that there is. */
function beginning(day: number, spans: readonly Span[]): number {
  for (const { from, to, offset } of spans) {
    const instant = Math.max(from, day * dayMs - offset)
    if (instant < to) return instant
  }
  throw new Error(`day ${day} lies outside of the time that was looked at`)
}

/** No zone changes its clocks twice within a day. */
function spansOf(offsetAt: Offsets, from: number, to: number): Span[] {
  const spans: Span[] = []
  let span = { from, to, offset: offsetAt(from) }
  for (let known = from; known < to; known += dayMs) {
    const offset = offsetAt(known + dayMs)
    if (offset === span.offset) continue
    const change = changeBetween(known, known + dayMs, span.offset, offsetAt)
    spans.push({ ...span, to: change })
    span = { from: change, to, offset }
  }
  return [...spans, span]
}

/** The first minute that does not have the offset any more. */
function changeBetween(from: number, to: number, offset: number, offsetAt: Offsets): number {
  let [same, other] = [from, to]
  while (other - same > minuteMs) {
    const middle = same + Math.floor((other - same) / 2 / minuteMs) * minuteMs
    if (offsetAt(middle) === offset) same = middle
    else other = middle
  }
  return other
}

function offsetsOf(timeZone: string): Offsets {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (instant) => {
    const parts: Record<string, number> = {}
    for (const { type, value } of clock.formatToParts(instant)) parts[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(instant / minuteMs) * minuteMs
  }
}

function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}
