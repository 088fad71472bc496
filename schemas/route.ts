import Type, { type TObject, type TSchema } from 'typebox'
import type { Access, ApiKeyScope } from './caller.ts'
import { exactly } from './fields.ts'
import type { RejectionCode } from './rejection.ts'

/** One answer of a route: what it means, and its body where it has one. */
export interface Answer {
  description: string
  schema?: TSchema
  /** Media type of an answer that is not JSON. */
  type?: string
}

/** The systems whose form of refusal differs from ours. */
export type Dialect = 'site-chat' | 'chatbot-platform'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * A route, declared once: Express, ajv, OpenAPI, the gateway's routing and the access tests all come from it. The service that owns
 * it binds a handler to it; nothing is reachable that is not declared here.
 */
export interface Route<
  P extends TObject = TObject,
  Q extends TObject = TObject,
  B extends TSchema | undefined = TSchema | undefined,
> {
  readonly service: 'command-api' | 'query-api' | 'gateway'
  readonly method: Method
  /** OpenAPI form: `/api/conversations/{id}`. */
  readonly path: string
  readonly access: Access
  /** The scope with which an API key may call it; without one, no key may. */
  readonly scope?: ApiKeyScope
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The form of its refusals: `{error}` alone in the dialects of documents B and C (API.md, Conventions), problems elsewhere. */
  readonly dialect?: Dialect
  /** What the body may be beside JSON; `bytes`: the handler reads them itself, since somebody has signed them. */
  readonly takes?: 'multipart' | 'form' | 'bytes'
  /** Requests a minute of one caller, where that is not the general limit; a setting may scale it. */
  readonly perMinute?: number
  readonly answers: Readonly<Record<number, Answer>>
  /** What it may refuse beside what every route may (malformed, validation, unauthenticated, rate-limited, unavailable). */
  readonly rejections: readonly RejectionCode[]
}

type Declared<P extends TObject, Q extends TObject, B extends TSchema | undefined> = Omit<
  Route<P, Q, B>,
  'params' | 'query' | 'body'
> & {
  params?: P
  query?: Q
  body?: B
}

const nothing = exactly({})

export function route<
  P extends TObject = typeof nothing,
  Q extends TObject = typeof nothing,
  B extends TSchema | undefined = undefined,
>(declared: Declared<P, Q, B>): Route<P, Q, B> {
  const { params = nothing as TObject, query = nothing as TObject, body } = declared
  // What is left out is `nothing`, and undefined, which is what P, Q and B default to; the compiler cannot see that.
  return { ...declared, params: params as P, query: query as Q, body: body as B }
}

export const pageQuery = (limit: number) => ({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, description: 'page number, from 1' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: limit, description: 'results a page' })),
  cursor: Type.Optional(
    Type.String({
      maxLength: 500,
      description: 'nextCursor of the page before: stable deep reading; page is then ignored',
    }),
  ),
})

export const atQuery = {
  at: Type.Optional(
    Type.String({
      maxLength: 40,
      description: 'a revision or an ISO 8601 time: the state at that instant, folded from the log',
    }),
  ),
}
