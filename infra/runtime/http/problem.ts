import { type Problem, problemKinds, problemType, statusOf } from '../../../schemas/problem.ts'
import { type FieldError, Rejection } from '../../../schemas/rejection.ts'
import type { Dialect } from '../../../schemas/route.ts'
import { isOutage } from '../outage.ts'
import { Unsatisfiable } from './range.ts'
import { TooMany } from './too-many.ts'

export interface Refusal {
  problem: Problem
  headers: Record<string, string>
}

/** What a caller is told of an error. Of what we did not foresee, nothing but the trace id, by which the log has the rest. */
export function refusalOf(error: unknown, traceId: string, dialect?: Dialect): Refusal {
  const rejection = rejectionOf(error)
  const { code, message: detail, errors } = rejection
  const { title } = problemKinds[code]
  const status = statusOf(code, dialect)
  return {
    problem: {
      type: problemType(code),
      title,
      status,
      detail,
      traceId,
      error: detail,
      ...(errors.length > 0 ? { errors: [...errors] } : {}),
      ...(code === 'invalid-grant'
        ? { error_code: 'invalid_credentials', msg: detail, error_description: detail }
        : {}),
    },
    headers: headersOf(rejection),
  }
}

/** Whether an error is a bug of ours: to be logged with all that is known of it. */
export function isUnforeseen(error: unknown): boolean {
  return rejectionOf(error).code === 'internal'
}

/** The refusal of a value, with the sentence of its first error as detail. */
export function invalid(errors: readonly FieldError[]): Rejection {
  return new Rejection('validation', errors[0]?.message ?? 'The request is invalid', errors)
}

function rejectionOf(error: unknown): Rejection {
  if (error instanceof Rejection) return error
  if (isOutage(error)) return new Rejection('unavailable', 'A store that is needed cannot be reached; try again')
  return new Rejection('internal', 'Something went wrong here; the trace id finds it in the log')
}

function headersOf(rejection: Rejection): Record<string, string> {
  if (rejection instanceof TooMany) return { 'Retry-After': String(rejection.retryAfterSeconds) }
  if (rejection instanceof Unsatisfiable) return { 'Content-Range': `bytes */${rejection.size}` }
  switch (rejection.code) {
    case 'unavailable':
      return { 'Retry-After': '2' }
    case 'projection-behind':
      return { 'Retry-After': '1' }
    case 'unauthenticated':
      return { 'WWW-Authenticate': 'Bearer realm="parley"' }
    default:
      return {}
  }
}
