/** Why something is refused: one closed list. `problem.ts` alone knows which HTTP status a code has. */
export const rejectionCodes = [
  'malformed-json',
  'validation',
  'invalid-grant',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'already-closed',
  'already-exists',
  'already-rated',
  'already-assigned',
  'at-capacity',
  'last-admin',
  'channel-in-use',
  'flow-running',
  'flow-inactive',
  'template-in-use',
  'conversation-closed',
  'not-an-agent',
  'invalid-link',
  'range-not-satisfiable',
  'idempotency-key-reused',
  'precondition-failed',
  'too-large',
  'unsupported-media-type',
  'contact-erased',
  'rate-limited',
  'unavailable',
  'projection-behind',
  'internal',
] as const

export type RejectionCode = (typeof rejectionCodes)[number]

export interface FieldError {
  /** JSON pointer into the body, or the name of a parameter. */
  path: string
  message: string
}

/** A refusal that the caller can understand: `detail` is a sentence that names the field or the rule. */
export class Rejection extends Error {
  override name = 'Rejection'
  readonly code: RejectionCode
  readonly errors: readonly FieldError[]

  constructor(code: RejectionCode, detail: string, errors: readonly FieldError[] = []) {
    super(detail)
    this.code = code
    this.errors = errors
  }
}
