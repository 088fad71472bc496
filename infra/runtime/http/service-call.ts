import type { Static, TSchema } from 'typebox'
import type { Caller } from '../../../schemas/caller.ts'
import { formatPosition, type LogPosition, parsePosition } from '../../../schemas/envelope.ts'
import { Problem, problemType } from '../../../schemas/problem.ts'
import { Rejection, rejectionCodes } from '../../../schemas/rejection.ts'
import type { Route } from '../../../schemas/route.ts'
import { type Check, checkOf } from '../../../schemas/validator.ts'
import type { InternalTokens } from '../auth/internal-tokens.ts'

/** Another of our services, as this one reaches it. */
export interface Service {
  url: string
  tokens: Pick<InternalTokens, 'issue'>
}

export interface Wish {
  /** For whom: the service itself (`system`), or the one on whose behalf it asks. */
  caller: Caller
  params?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  body?: unknown
  /** The answer must have seen the log up to here (X-Wait-For). */
  waitFor?: LogPosition | undefined
  idempotencyKey?: string | undefined
  /** The revision that the resource must have (If-Match). */
  ifMatch?: number | undefined
  /** Address of the client on whose behalf it asks (X-Forwarded-For). */
  ip?: string | undefined
  /** `traceId` of the request that this one serves, so that both are one trace. */
  traceId?: string
  /** Default 10,000. */
  timeoutMs?: number
}

export interface Heard<T> {
  status: number
  body: T
  position: LogPosition | undefined
}

export type ServiceCall<T> = (wish: Wish) => Promise<Heard<T>>

/**
 * A declared route of another service, to be called; the counterpart of `bind`. Compiles the check of the answer, so make it once.
 * The other's refusals are thrown as they came, by code and sentence; no answer at all is Rejection('unavailable').
 */
export function serviceCall<S extends TSchema>(service: Service, route: Route, answer: S): ServiceCall<Static<S>> {
  const check = checkOf(answer)
  const checkProblem = checkOf(Problem)
  return async (wish) => {
    const { response, text } = await send(service, route, wish)
    if (!response.ok) throw rejectionOf(route, response.status, text, checkProblem)
    const checked = check(text === '' ? undefined : JSON.parse(text))
    if (!checked.ok) {
      throw new Error(`${nameOf(route)} answers what it should not: ${JSON.stringify(checked.errors).slice(0, 500)}`)
    }
    const position = parsePosition(response.headers.get('x-position') ?? '')
    return { status: response.status, body: checked.value, position }
  }
}

async function send({ url, tokens }: Service, route: Route, wish: Wish): Promise<{ response: Response; text: string }> {
  const { caller, body, waitFor, idempotencyKey, ifMatch, ip, traceId, timeoutMs = 10_000 } = wish
  const headers: Record<string, string> = { authorization: `Bearer ${await tokens.issue(caller)}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (waitFor !== undefined) headers['x-wait-for'] = formatPosition(waitFor)
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`
  if (ip !== undefined) headers['x-forwarded-for'] = ip
  if (traceId !== undefined) headers.traceparent = traceId
  try {
    const response = await fetch(`${url}${pathOf(route, wish)}`, {
      method: route.method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { response, text: await response.text() }
  } catch (cause) {
    const rejection = new Rejection('unavailable', `${route.service} cannot be reached; try again.`)
    throw Object.assign(rejection, { cause })
  }
}

function pathOf({ path }: Route, { params = {}, query = {} }: Wish): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined) throw new Error(`${path} is called without ${name}`)
    return encodeURIComponent(value)
  })
  const asked = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value))
  return asked.size === 0 ? filled : `${filled}?${asked}`
}

function rejectionOf(route: Route, status: number, text: string, check: Check<Problem>): Error {
  const checked = check(parsed(text))
  const code = checked.ok ? rejectionCodes.find((known) => problemType(known) === checked.value.type) : undefined
  if (!checked.ok || code === undefined || code === 'internal' || code === 'unauthenticated') {
    return new Error(`${nameOf(route)} answers ${status} ${text.slice(0, 500)}`)
  }
  return new Rejection(code, checked.value.detail, checked.value.errors ?? [])
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

const nameOf = ({ service, method, path }: Route) => `${service}: ${method} ${path}`
