const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const time = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const largestInteger = 2 ** 31 - 1

/** Whether a part of a cursor is a time as we write it, of a day that there is: Postgres knows no year 0 and no 30 February. */
export function isTime(part: unknown): part is string {
  if (typeof part !== 'string' || !time.test(part)) return false
  const date = new Date(part)
  return !Number.isNaN(date.getTime()) && date.toISOString() === part
}

export function isId(part: unknown): part is string {
  return typeof part === 'string' && uuid.test(part)
}

/** A whole number from 0 that a column of type integer may hold. */
export function isCount(part: unknown): part is number {
  return typeof part === 'number' && Number.isInteger(part) && part >= 0 && part <= largestInteger
}
