import Type, { type Static } from 'typebox'
import type { RejectionCode } from './rejection.ts'
import type { Dialect } from './route.ts'

/** Which status and title a refusal has: the one place that says so. `infra/runtime/http/problem.ts` makes the answers from it. */
export const problemKinds: Readonly<Record<RejectionCode, { status: number; title: string }>> = {
  'malformed-json': { status: 400, title: 'Malformed JSON' },
  validation: { status: 400, title: 'Validation failed' },
  'invalid-grant': { status: 400, title: 'Invalid credentials' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  forbidden: { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  'already-closed': { status: 409, title: 'Already closed' },
  'already-exists': { status: 409, title: 'Already exists' },
  'already-rated': { status: 409, title: 'Already rated' },
  'already-assigned': { status: 409, title: 'Already assigned' },
  'at-capacity': { status: 409, title: 'Agent at capacity' },
  'last-admin': { status: 409, title: 'Last admin' },
  'channel-in-use': { status: 409, title: 'Channel in use' },
  'flow-running': { status: 409, title: 'Another flow is under way' },
  'flow-inactive': { status: 409, title: 'Flow not active' },
  'template-in-use': { status: 409, title: 'Template in use' },
  'conversation-closed': { status: 409, title: 'Conversation closed' },
  'invalid-link': { status: 410, title: 'Link used or expired' },
  'contact-erased': { status: 410, title: 'Contact erased' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'range-not-satisfiable': { status: 416, title: 'Range not satisfiable' },
  'not-an-agent': { status: 422, title: 'Not an agent of the workspace' },
  'idempotency-key-reused': { status: 422, title: 'Idempotency key used for another request' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  'projection-behind': { status: 504, title: 'Not yet visible' },
}

/** The status of a refusal. Document B answers a value that it refuses with 422. */
export function statusOf(code: RejectionCode, dialect?: Dialect): number {
  return dialect === 'site-chat' && code === 'validation' ? 422 : problemKinds[code].status
}

/** A stable name, with nothing to resolve; the codes are listed in the OpenAPI document. */
export const problemType = (code: RejectionCode) => `urn:parley:problem:${code}`

/** RFC 9457, with the trace, the fields that are wrong, and document D's `error`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:parley:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'a sentence that names the field or the rule' }),
    traceId: Type.String({ description: 'W3C trace context: 00-<trace>-<span>-<flags>' }),
    error: Type.String({ description: 'the same as detail' }),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: 'every field that is wrong: a JSON pointer into the body, or the name of a parameter or header',
      }),
    ),
    error_code: Type.Optional(Type.String({ description: "GoTrue's code; token endpoint only" })),
    msg: Type.Optional(Type.String({ description: "GoTrue's name of detail; token endpoint only" })),
    error_description: Type.Optional(Type.String({ description: "OAuth's name of detail; token endpoint only" })),
  },
  { description: 'RFC 9457 problem details' },
)
export type Problem = Static<typeof Problem>

/** What the dialects of documents B and C answer instead. */
export const PlainError = Type.Object({ error: Type.String() }, { additionalProperties: false })
