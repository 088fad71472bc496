import { Time } from '../../schemas/fields.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { checkOf } from '../../schemas/validator.ts'

/** A place in the history of a stream: after an event, or at a time by the log's clock. */
export type Instant = { revision: number } | { time: string }

const checkTime = checkOf(Time)

/** Reads `at`. Throws Rejection('validation') for what is neither a revision nor an ISO 8601 time. */
export function instantOf(at: string): Instant {
  if (/^\d{1,10}$/.test(at)) return { revision: Number(at) }
  // In a query string a plus sign stands for a blank.
  const checked = checkTime(at.replace(' ', '+'))
  if (checked.ok) return { time: new Date(checked.value).toISOString() }
  const message = 'at must be a revision, such as 7, or an ISO 8601 time, such as 2026-01-31T12:00:00Z'
  throw new Rejection('validation', message, [{ path: 'at', message }])
}

/** Whether an event had happened by then. */
export function hadHappened(event: { revision: number; meta: { at: string } }, instant: Instant | undefined): boolean {
  if (instant === undefined) return true
  return 'revision' in instant
    ? event.revision <= instant.revision
    : Date.parse(event.meta.at) <= Date.parse(instant.time)
}
