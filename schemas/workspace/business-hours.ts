import type { FieldError } from '../rejection.ts'
import type { BusinessHours } from './settings.ts'

/**
 * What is wrong with business hours beyond their form: stretches that do not begin before they end, and such that overlap. One past
 * midnight is given as two, up to 24:00 and from 00:00. `path` is the JSON pointer of the hours.
 */
export function hoursErrors(hours: BusinessHours | null | undefined, path: string): FieldError[] {
  return Object.entries(hours ?? {}).flatMap(([day, stretches = []]) =>
    stretches.flatMap((one, index) => {
      const at = `${path}/${day}/${index}`
      if (one.from >= one.to) return [{ path: `${at}/to`, message: `${day}: to must be after from (${one.from})` }]
      const overlapping = stretches.findIndex((other) => other.from < one.to && one.from < other.to)
      return overlapping < index ? [{ path: at, message: `${day}: hours must not overlap` }] : []
    }),
  )
}
