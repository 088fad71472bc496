import { comparePositions, isStorable, type LogPosition, parsePosition } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'

export type WebhookPlace = { kind: 'place'; from: string } | { kind: 'delivery'; id: string }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

/** Where a redelivery is to begin: a position of the log, a time, or a delivery. Throws Rejection('validation'). */
export function webhookPlace(from: string): WebhookPlace {
  const position = parsePosition(from)
  if (position !== undefined && isStorable(position)) return { kind: 'place', from }
  if (uuid.test(from)) return { kind: 'delivery', id: from.toLowerCase() }
  if (time.test(from) && !Number.isNaN(Date.parse(from)))
    return { kind: 'place', from: new Date(Date.parse(from)).toISOString() }
  const message = 'from must be a position (<commit>/<prepare>), an ISO 8601 time, or the id of a delivery'
  throw new Rejection('validation', message, [{ path: '/from', message }])
}

/** Throws Rejection('validation') for a place that nothing has come to yet: what is asked for there would match nothing, for ever. */
export function refuseBeyond(from: string, { head, now }: { head: LogPosition | undefined; now: number }): void {
  const position = parsePosition(from)
  const isBeyond =
    position === undefined ? Date.parse(from) > now : head === undefined || comparePositions(position, head) > 0
  if (!isBeyond) return
  const message = position === undefined ? 'from lies in the future' : 'from lies beyond the end of the log'
  throw new Rejection('validation', message, [{ path: '/from', message }])
}
