import type { Static, TSchema } from 'typebox'
import type { Caller } from '../../../schemas/caller.ts'
import { formatPosition, type LogPosition, parsePosition } from '../../../schemas/envelope.ts'
import { Problem, problemType } from '../../../schemas/problem.ts'
import { Rejection, rejectionCodes } from '../../../schemas/rejection.ts'
import type { Route } from '../../../schemas/route.ts'
import { checkOf } from '../../../schemas/validator.ts'
import type { InternalTokens } from '../auth/internal-tokens.ts'
import { type Answered, roundTrip } from './round-trip.ts'

const answerMs = 10_000

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
  /** Others that the route understands. */
  headers?: Readonly<Record<string, string>>
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
  return async (wish) => {
    const { status, headers, text } = await answerTo(service, route, wish)
    if (status < 200 || status > 299) throw rejectionOf(route, status, text)
    const checked = check(text === '' ? undefined : JSON.parse(text))
    if (!checked.ok) {
      throw new Error(`${nameOf(route)} answers what it should not: ${JSON.stringify(checked.errors).slice(0, 500)}`)
    }
    return { status, body: checked.value, position: parsePosition(String(headers['x-position'] ?? '')) }
  }
}

async function answerTo({ url, tokens }: Service, route: Route, wish: Wish): Promise<Answered> {
  const { timeoutMs = answerMs, body } = wish
  const headers = headersOf(wish, await tokens.issue(wish.caller))
  const sent = { method: route.method, headers, body: JSON.stringify(body), timeoutMs }
  return roundTrip(`${url}${pathOf(route, wish)}`, sent).catch((cause: unknown) => {
    throw unreachable(route, cause)
  })
}

/**
 * Sends a request with a body that is made meanwhile, and has its answer read, all of it within the wish's time. Throws Rejection('unavailable') where there is no answer;
 * refusals are answers.
 */
export async function send<T>(
  { url, tokens }: Service,
  route: Route,
  wish: Wish,
  body: RequestInit['body'] | undefined,
  read: (response: Response) => T | Promise<T>,
): Promise<T> {
  const { timeoutMs = answerMs } = wish
  const headers = headersOf(wish, await tokens.issue(wish.caller))
  const clock = new AbortController()
  const timer = setTimeout(() => clock.abort(), timeoutMs)
  try {
    const init = { method: route.method, headers, signal: clock.signal }
    // A body that is made while it is sent has to be announced as such.
    const request = body === undefined ? init : { ...init, body, duplex: 'half' as const }
    return await read(await fetch(`${url}${pathOf(route, wish)}`, request))
  } catch (cause) {
    throw unreachable(route, cause)
  } finally {
    clearTimeout(timer)
  }
}

function unreachable({ service }: Route, cause: unknown): Rejection {
  return Object.assign(new Rejection('unavailable', `${service} cannot be reached; try again.`), { cause })
}

function headersOf(wish: Wish, token: string): Record<string, string> {
  const { body, waitFor, idempotencyKey, ifMatch, ip, traceId } = wish
  return {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(waitFor === undefined ? {} : { 'x-wait-for': formatPosition(waitFor) }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(ip === undefined ? {} : { 'x-forwarded-for': ip }),
    ...(traceId === undefined ? {} : { traceparent: traceId }),
    ...wish.headers,
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

const checkProblem = checkOf(Problem)

/** What another service refused, by code and sentence; what is no refusal that a caller could be told is an error of ours. */
export function rejectionOf(route: Route, status: number, text: string): Error {
  const checked = checkProblem(parsed(text))
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
