/** The instants between which the admin's figures are summed, as ISO times. */
export interface Windows {
  /** Midnight today in the zone. */
  today: string
  /** Midnight tomorrow: what claims to happen later is not in any window. */
  end: string
  /** Midnight before the last 30 days, today included. */
  last30: string
  /** Midnight before the 30 days before those. */
  before30: string
}

export function windowsAt(now: Date, timeZone: string): Windows {
  const day = dayIn(now, timeZone)
  return {
    today: midnight(day, timeZone),
    end: midnight(shifted(day, 1), timeZone),
    last30: midnight(shifted(day, -29), timeZone),
    before30: midnight(shifted(day, -59), timeZone),
  }
}

/** A calendar day, held as its midnight UTC in ms. */
type Day = number

const dayMs = 86_400_000

function shifted(day: Day, days: number): Day {
  return day + days * dayMs
}

function dayIn(instant: Date, timeZone: string): Day {
  return Math.floor(wallClock(instant.getTime(), timeZone) / dayMs) * dayMs
}

/** The first instant of a day: where clocks skip midnight, the first that there is. */
function midnight(day: Day, timeZone: string): string {
  // The offset of a zone changes at most by hours, so that one of the offsets around the day is the right one.
  const candidates = [day - dayMs, day, day + dayMs].map((instant) => day - offsetAt(instant, timeZone))
  const first = candidates.filter((instant) => wallClock(instant, timeZone) >= day).sort((a, b) => a - b)[0]
  return new Date(first ?? day).toISOString()
}

function offsetAt(instant: number, timeZone: string): number {
  return wallClock(instant, timeZone) - instant
}

/** What a clock on the wall shows, as if it were UTC. */
function wallClock(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}
