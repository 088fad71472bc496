import { type FieldError, Rejection, type RejectionCode } from '../../../schemas/rejection.ts'
import { isOutage } from '../outage.ts'

/** Which status and title a refusal has. Nothing else in the system maps codes to statuses. */
export const problemKinds: Readonly<Record<RejectionCode, { status: number; title: string }>> = {
  'malformed-json': { status: 400, title: 'Malformed JSON' },
  validation: { status: 400, title: 'Validation failed' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  'already-closed': { status: 409, title: 'Already closed' },
  'already-exists': { status: 409, title: 'Already exists' },
  'already-rated': { status: 409, title: 'Already rated' },
  'conversation-closed': { status: 409, title: 'Conversation closed' },
  'not-an-agent': { status: 422, title: 'Not an agent of the workspace' },
  'idempotency-key-reused': { status: 422, title: 'Idempotency key used for another request' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'contact-erased': { status: 410, title: 'Contact erased' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  'projection-behind': { status: 504, title: 'Not yet visible' },
  internal: { status: 500, title: 'Internal error' },
}

/** RFC 9457, with the trace, the fields that are wrong, and document D's `error`. */
export interface Problem {
  /** `urn:parley:problem:<code>`: a stable name, with nothing to resolve. The codes are listed in the OpenAPI document. */
  type: string
  title: string
  status: number
  detail: string
  traceId: string
  error: string
  errors?: readonly FieldError[]
}

export const problemType = (code: RejectionCode) => `urn:parley:problem:${code}`

export interface Refusal {
  problem: Problem
  headers: Record<string, string>
}

/** What a caller is told of an error. Of what we did not foresee, nothing but the trace id, by which the log has the rest. */
export function refusalOf(error: unknown, traceId: string): Refusal {
  const rejection = rejectionOf(error)
  const { code, message: detail, errors } = rejection
  const { status, title } = problemKinds[code]
  return {
    problem: {
      type: problemType(code),
      title,
      status,
      detail,
      traceId,
      error: detail,
      ...(errors.length > 0 ? { errors } : {}),
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

function headersOf({ code }: Rejection): Record<string, string> {
  switch (code) {
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
