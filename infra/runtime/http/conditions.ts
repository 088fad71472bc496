import type { IncomingHttpHeaders } from 'node:http'
import { type LogPosition, parsePosition } from '../../../schemas/envelope.ts'
import { invalid } from './problem.ts'

/** What the headers of a request ask for beside its body. */
export interface Conditions {
  /** `Idempotency-Key`. */
  idempotencyKey?: string
  /** `If-Match`: the revision that the resource must have. */
  ifMatch?: number
  /** `X-Wait-For`: the position that the answer must have seen. */
  waitFor?: LogPosition
}

const visibleAscii = /^[\x21-\x7e]{1,255}$/
const revision = /^(?:W\/)?"(\d{1,15})"$|^(\d{1,15})$/
const largestPosition = 2n ** 63n

/** Throws Rejection('validation'). */
export function conditionsOf(headers: IncomingHttpHeaders): Conditions {
  const conditions: Conditions = {}
  const key = one(headers['idempotency-key'])
  if (key !== undefined) {
    if (!visibleAscii.test(key)) throw wrong('Idempotency-Key', 'must be 1 to 255 visible ASCII characters')
    conditions.idempotencyKey = key
  }
  const match = headers['if-match']
  // `*` asks for any revision of a resource that exists, which every command on one demands anyhow.
  if (match !== undefined && match !== '*') {
    const found = revision.exec(match)
    if (found === null) throw wrong('If-Match', 'must be one revision in quotes, such as "7"')
    conditions.ifMatch = Number(found[1] ?? found[2])
  }
  const wait = one(headers['x-wait-for'])
  if (wait !== undefined) {
    const position = parsePosition(wait)
    if (position === undefined || position.commit >= largestPosition || position.prepare >= largestPosition) {
      throw wrong('X-Wait-For', 'must be a position as X-Position gives it, such as 1234/1234')
    }
    conditions.waitFor = position
  }
  return conditions
}

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(', ') : value)

function wrong(header: string, rule: string) {
  return invalid([{ path: header, message: `${header} ${rule}` }])
}
