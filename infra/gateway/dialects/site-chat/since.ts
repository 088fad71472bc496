import { Time } from '../../../../schemas/fields.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { checkOf } from '../../../../schemas/validator.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** A date, or a date with a time in the extended form of ISO 8601. */
const iso = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?([.,]\d{1,9})?(?:(Z)|([+-]\d\d):?(\d\d)?)?)?$/i
const checkTime = checkOf(Time)

/** After what the messages are wanted: a message's id, or a time, which is UTC where it names no zone. Throws Rejection('validation'). */
export function sinceOf(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined
  if (uuid.test(given)) return given
  const time = timeOf(given)
  if (time !== undefined) return time
  throw new Rejection('validation', 'since must be an ISO 8601 time, or the id of a message of this conversation')
}

/** The + of a zone that was not percent-encoded arrives as a space. */
function timeOf(given: string): string | undefined {
  const found = iso.exec(given.trim().replace(/(T\S+) (\d\d:?\d\d)$/i, '$1+$2'))
  if (found === null) return undefined
  const [, day, minute = '00:00', second = ':00', fraction = '', , hours, minutes = '00'] = found
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`
  const time = `${day}T${minute}${second}${fraction.replace(',', '.')}${zone}`
  return checkTime(time).ok ? new Date(time).toISOString() : undefined
}
