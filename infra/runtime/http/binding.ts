import type { IncomingHttpHeaders } from 'node:http'
import type { Static, TObject, TSchema } from 'typebox'
import type { Caller } from '../../../schemas/caller.ts'
import type { LogPosition } from '../../../schemas/envelope.ts'
import type { Route } from '../../../schemas/route.ts'
import { type Check, checkOf, checkParametersOf } from '../../../schemas/validator.ts'
import type { Conditions } from './conditions.ts'
import type { Content } from './content.ts'
import type { Parts } from './multipart.ts'
import { invalid } from './problem.ts'
import { isStorable } from './storable.ts'

/** A request as a handler gets it: authenticated, allowed, and every part of it checked against the route's schemas. */
export interface Request<P = unknown, Q = unknown, B = unknown> extends Conditions {
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly caller: Caller
  /** 32 hex digits: the correlation id of all that this request causes. */
  readonly trace: string
  /** `00-<trace>-<span>-<flags>`, as problems show it and as calls to other services carry it (`traceparent`). */
  readonly traceId: string
  /** Address of the client, of the last one that we do not trust. */
  readonly ip: string
  readonly headers: IncomingHttpHeaders
}

export interface Reply {
  status: number
  /** The resource, or undefined for an answer without body. */
  body?: unknown
  /** What is answered instead, where it is not JSON. */
  content?: Content
  /** Answered as `ETag: "<revision>"`. */
  revision?: number | undefined
  /** Answered as `X-Position: <commit>/<prepare>`. */
  position?: LogPosition | undefined
  headers?: Record<string, string>
}

export type BodyOf<B extends TSchema | undefined> = B extends TSchema ? Static<B> : undefined

export type RequestOf<R extends Route> = Request<Static<R['params']>, Static<R['query']>, BodyOf<R['body']>>

export type Handler<P extends TObject, Q extends TObject, B extends TSchema | undefined> = (
  request: Request<Static<P>, Static<Q>, BodyOf<B>>,
) => Promise<Reply> | Reply

/** A request of a route that takes multipart: it has either `parts` or, where the route has a body too, that. */
export type UploadOf<R extends Route> = Request<
  Static<R['params']>,
  Static<R['query']>,
  BodyOf<R['body']> | undefined
> & { readonly parts: R['body'] extends TSchema ? Parts | undefined : Parts }

/** A request of a route that takes bytes: its handler finds out who sent them, and what they say. */
export type SignedOf<R extends Route> = RequestOf<R> & { readonly bytes: Buffer }

/** What a binding makes of the raw parts of a request. */
interface Raw extends Omit<Request, 'params' | 'query' | 'body'> {
  params: unknown
  query: unknown
  body: unknown
  parts: Parts | undefined
  bytes?: Buffer | undefined
}

/** A route with its handler: takes raw parts, checks them, and hands them on typed. */
export interface Binding {
  readonly route: Route
  /** Throws Rejection('validation') before the handler sees anything. */
  readonly handle: (raw: Raw) => Promise<Reply> | Reply
}

/** Binds a declared route to what answers it. Each binding compiles its own checks, so bind once, at the start. */
export function bind<P extends TObject, Q extends TObject, B extends TSchema | undefined>(
  route: Route<P, Q, B>,
  handler: Handler<P, Q, B>,
): Binding {
  if (route.takes === 'multipart')
    throw new Error(`${route.method} ${route.path} takes multipart: bind it as an upload`)
  if (route.takes === 'bytes') throw new Error(`${route.method} ${route.path} takes bytes: bind it as signed`)
  const checkBody = bodyCheck<B>(route.body)
  return binding(route, (raw, params, query) => handler({ ...raw, params, query, body: checkBody(raw.body) }))
}

/** Binds a route that takes bytes. The schema of its body is there to be read: what has come is the handler's to check. */
export function bindSigned<P extends TObject, Q extends TObject, B extends TSchema | undefined>(
  route: Route<P, Q, B>,
  handler: (request: Omit<SignedOf<Route<P, Q, B>>, 'body'>) => Promise<Reply>,
): Binding {
  return binding(route, ({ bytes = Buffer.alloc(0), ...raw }, params, query) =>
    handler({ ...raw, params, query, bytes }),
  )
}

/** Binds a route that takes multipart: its handler reads the parts as they come in. */
export function bindUpload<P extends TObject, Q extends TObject, B extends TSchema | undefined>(
  route: Route<P, Q, B>,
  handler: (request: UploadOf<Route<P, Q, B>>) => Promise<Reply>,
): Binding {
  const checkBody = bodyCheck<B>(route.body)
  return binding(route, (raw, params, query) => {
    const body = raw.parts === undefined ? checkBody(raw.body) : undefined
    // The exchange refuses what has neither parts nor a body that the route declares; the compiler cannot see that.
    return handler({ ...raw, params, query, body } as UploadOf<Route<P, Q, B>>)
  })
}

function binding<P extends TObject, Q extends TObject, B extends TSchema | undefined>(
  route: Route<P, Q, B>,
  answer: (raw: Raw, params: Static<P>, query: Static<Q>) => Promise<Reply> | Reply,
): Binding {
  const checkParams = parameters<Static<P>>(checkParametersOf(route.params))
  const checkQuery = parameters<Static<Q>>(checkParametersOf(route.query))
  const uuids = Object.entries<TSchema & { format?: unknown }>(route.params.properties)
    .filter(([, schema]) => schema.format === 'uuid')
    .map(([name]) => name)
  return {
    route,
    handle(raw) {
      const params = checkParams(lowered(raw.params, uuids))
      const query = checkQuery(raw.query)
      return answer(raw, params, query)
    },
  }
}

/** Parameters are short, so that each is looked at for characters that cannot be stored. */
function parameters<T>(check: Check<T>): (value: unknown) => T {
  return (value) => {
    for (const [name, text] of Object.entries(value ?? {})) {
      for (const one of Array.isArray(text) ? text : [text]) {
        if (typeof one !== 'string' || isStorable(one)) continue
        throw invalid([{ path: name, message: `${name} must not contain NUL or unpaired surrogate characters` }])
      }
    }
    const checked = check(value)
    if (!checked.ok) throw invalid(checked.errors.map(({ path, message }) => ({ path: path.slice(1), message })))
    return checked.value
  }
}

/** Without a body, one that may be empty is empty: a POST to /close needs none. A route that takes none ignores an empty object. */
function bodyCheck<B extends TSchema | undefined>(schema: B): (value: unknown) => BodyOf<B> {
  if (schema === undefined) return refuseBody as (value: unknown) => BodyOf<B>
  const check = checkOf(schema)
  return (value) => {
    const checked = check(value === undefined ? {} : value)
    if (!checked.ok) throw invalid(checked.errors)
    return checked.value as BodyOf<B>
  }
}

function refuseBody(value: unknown): undefined {
  const empty = value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  if (!empty) throw invalid([{ path: '', message: 'this takes no body' }])
}

/** RFC 9562: a UUID is read in either case. Streams are named in lower case. */
function lowered(params: unknown, names: readonly string[]): unknown {
  if (names.length === 0 || typeof params !== 'object' || params === null) return params
  const entries = Object.entries(params)
  if (!entries.some(([name, value]) => names.includes(name) && value !== String(value).toLowerCase())) return params
  return Object.fromEntries(
    entries.map(([name, value]) => [name, names.includes(name) ? String(value).toLowerCase() : value]),
  )
}
