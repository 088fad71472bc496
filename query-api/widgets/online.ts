import type { BusinessHours } from '../../schemas/workspace/settings.ts'

/**
 * Whether it is within the business hours, by the clocks of the time zone: an hour that the zone skips in spring is never, one that it
 * has twice in autumn counts twice. Without business hours it always is.
 */
export function isOpenAt(hours: BusinessHours | null, timeZone: string, now: Date): boolean {
  if (hours === null) return true
  const { weekday, time } = clockIn(timeZone, now)
  return (hours[weekday] ?? []).some(({ from, to }) => from <= time && time < to)
}

type Weekday = keyof BusinessHours

/** `time` is HH:MM, so that times compare as texts. */
function clockIn(timeZone: string, now: Date): { weekday: Weekday; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? ''
  return { weekday: part('weekday').toLowerCase() as Weekday, time: `${part('hour')}:${part('minute')}` }
}
