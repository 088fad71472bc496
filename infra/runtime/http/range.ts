import type { IncomingHttpHeaders } from 'node:http'
import { Rejection } from '../../../schemas/rejection.ts'
import type { ByteRange } from './content.ts'

/** The range lies outside of what there is; answered with `Content-Range`, which says how much that is. */
export class Unsatisfiable extends Rejection {
  readonly size: number

  constructor(size: number) {
    super('range-not-satisfiable', `The range must begin within the ${size} bytes that there are`)
    this.size = size
  }
}

/**
 * The range that a GET asks for (RFC 9110, section 14); undefined for all of it: also for several ranges at once, for units that
 * are no bytes, and where If-Range names another state of the resource. Throws Unsatisfiable.
 */
export function rangeOf(headers: IncomingHttpHeaders, size: number, etag: string): ByteRange | undefined {
  const condition = headers['if-range']
  if (condition !== undefined && condition !== `"${etag}"`) return undefined
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(headers.range?.replaceAll(' ', '') ?? '')
  const [, first = '', last = ''] = found ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    if (Number(last) === 0 || size === 0) throw new Unsatisfiable(size)
    return { start: Math.max(0, size - Number(last)), end: size - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) throw new Unsatisfiable(size)
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

/** Whether If-None-Match says that the client has it already. */
export function isKnown(headers: IncomingHttpHeaders, etag: string): boolean {
  const known = headers['if-none-match']
  if (known === undefined) return false
  return known.trim() === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${etag}"`)
}
