import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse as parseQuery } from 'node:querystring'
import type { Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Dialect } from '../../../schemas/route.ts'
import { bearerOf } from '../auth/bearer.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { demandAccess } from './access.ts'
import { type AnswerCheck, answerCheckOf } from './answer-check.ts'
import type { Binding, Reply } from './binding.ts'
import { bodyLimit } from './body.ts'
import { conditionsOf } from './conditions.ts'
import type { Download, StreamedText } from './content.ts'
import { answerTo, sendDownload } from './download.ts'
import { incomingOf } from './incoming.ts'
import { uploadBytes } from './multipart.ts'
import { isUnforeseen, refusalOf } from './problem.ts'
import { sendProblem, sendReply } from './reply.ts'
import { type RouteTable, routeTable } from './route-table.ts'
import { sendStreamed } from './streamed.ts'
import { type Trace, traceOf } from './trace.ts'
import { refuseUnbound } from './unbound.ts'

/** Who a bearer token stands for; throws Rejection('unauthenticated'). */
export interface Tokens {
  read(token: string): Promise<Caller>
}

export interface ExchangeOptions {
  bindings: readonly Binding[]
  tokens: Tokens
  /** Who calls, where more than a bearer token may say so: the gateway's callers come by cookie too. */
  callerOf?: ((request: IncomingMessage) => Promise<Caller>) | undefined
  logger: Logger
  metrics: Metrics
  /** Whether answers are compared with their declared schemas. */
  checkAnswers: boolean
  addressOf: (request: IncomingMessage) => string
  /** Runs before all else; false when it has answered already. May throw a Rejection. */
  admit?: ((request: IncomingMessage, response: ServerResponse, trace: Trace) => Promise<boolean> | boolean) | undefined
  /** Answers what no binding does: the gateway passes it on. Without it, it is refused. */
  otherwise?: ((request: IncomingMessage, response: ServerResponse, trace: Trace) => Promise<void> | void) | undefined
  /** In whose form a request is refused that was not matched to a binding. Without it, in ours. */
  dialectOf?: ((request: IncomingMessage) => Dialect | undefined) | undefined
}

export type Exchange = (request: IncomingMessage, response: ServerResponse) => Promise<void>

interface Bound {
  binding: Binding
  check: AnswerCheck | undefined
  /** Observers of the duration, by status. */
  durations: Map<number, (seconds: number) => void>
  /** How long it takes is the client's doing, who sends files. */
  unhurried: boolean
}

const slowSeconds = 1
const drainLimit = 16 * bodyLimit
const anonymous: Caller = { kind: 'anonymous' }

/** Takes one request from its first byte to the last of its answer. Never rejects. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { bindings, logger, metrics, checkAnswers, otherwise } = options
  const callerOf = options.callerOf ?? ((request) => bearerCaller(request, options.tokens))
  const table: RouteTable<Bound> = routeTable(
    bindings.map((binding) => ({
      binding,
      check: checkAnswers ? answerCheckOf(binding.route) : undefined,
      durations: new Map(),
      unhurried: binding.route.takes === 'multipart',
    })),
    ({ binding }) => binding.route,
  )

  const observe = (bound: Bound | undefined, status: number, seconds: number) => {
    const { method, path: route } = bound?.binding.route ?? { method: 'any', path: 'none' }
    let duration = bound?.durations.get(status)
    if (duration === undefined) {
      const child = metrics.httpDuration.labels({ method, route, status: String(status) })
      duration = (taken) => child.observe(taken)
      bound?.durations.set(status, duration)
    }
    duration(seconds)
    if (seconds > slowSeconds && bound?.unhurried !== true)
      logger.warn({ method, route, status, seconds }, 'slow request')
  }

  return async (request, response) => {
    const started = performance.now()
    const trace = traceOf(request.headers.traceparent)
    let bound: Bound | undefined
    let status = 500
    try {
      if (options.admit !== undefined && !(await options.admit(request, response, trace))) return
      const { method = 'GET', url = '/' } = request
      const cut = url.indexOf('?')
      const found = table.find(method, cut < 0 ? url : url.slice(0, cut))
      if (found.kind !== 'route') {
        // Of one path, some methods may be bound here and others elsewhere.
        if (otherwise !== undefined) {
          await otherwise(request, response, trace)
          return
        }
        status = refuseUnbound(request, response, found, trace.parent, options.dialectOf?.(request))
      } else {
        bound = found.route
        status = await answer(bound, found.params, cut < 0 ? '' : url.slice(cut + 1), request, response, trace)
      }
    } catch (error) {
      const dialect = bound === undefined ? options.dialectOf?.(request) : bound.binding.route.dialect
      status = refusalOf(error, trace.parent, dialect).problem.status
      if (isUnforeseen(error) || status >= 500) logFailure(logger, error, request, bound, status, trace)
      const headers = { ...challengeOf(error, request), ...endOf(request, bound) }
      sendProblem(response, error, trace.parent, headers, dialect)
    }
    observe(bound, status, (performance.now() - started) / 1000)
  }

  async function answer(
    bound: Bound,
    params: Record<string, string>,
    search: string,
    request: IncomingMessage,
    response: ServerResponse,
    trace: Trace,
  ): Promise<number> {
    const { binding, check } = bound
    const { headers } = request
    const caller = await callerOf(request)
    demandAccess(binding.route, caller)
    const conditions = conditionsOf(headers)
    const { body, parts, bytes } = await incomingOf(request, binding.route)
    const reply = await binding.handle({
      params,
      query: search === '' ? {} : parseQuery(search),
      body,
      parts,
      bytes,
      ...conditions,
      caller,
      trace: trace.id,
      traceId: trace.parent,
      ip: options.addressOf(request),
      headers,
    })
    const { content } = reply
    if (content !== undefined && 'open' in content) return download(bound, request, response, reply, content, trace)
    if (content !== undefined && 'pieces' in content) return stream(bound, response, reply, content, trace)
    const text = content?.text ?? (reply.body === undefined ? undefined : JSON.stringify(reply.body))
    check?.(reply, text)
    sendReply(response, reply, text)
    return reply.status
  }

  async function stream(
    bound: Bound,
    response: ServerResponse,
    reply: Reply,
    content: StreamedText,
    trace: Trace,
  ): Promise<number> {
    bound.check?.(reply, undefined)
    await sendStreamed(response, reply, content, (error) => {
      logger.warn({ error, traceId: trace.parent, route: bound.binding.route.path }, 'an answer was cut')
    })
    return reply.status
  }

  async function download(
    bound: Bound,
    request: IncomingMessage,
    response: ServerResponse,
    reply: Reply,
    content: Download,
    trace: Trace,
  ): Promise<number> {
    const answer = answerTo(request, reply, content)
    const { status } = answer
    bound.check?.(status === 304 ? { status } : { status, content }, undefined)
    await sendDownload(response, answer, content, (error) => {
      // Most often the client went away; else the cut is all that he learns.
      logger.warn({ error, traceId: trace.parent, route: bound.binding.route.path }, 'a download was cut')
    })
    return status
  }
}

async function bearerCaller({ headers }: IncomingMessage, tokens: Tokens): Promise<Caller> {
  const token = bearerOf(headers.authorization)
  return token === undefined ? anonymous : tokens.read(token)
}

/** RFC 6750: a credential that was given and refused is named as such. */
function challengeOf(error: unknown, { headers }: IncomingMessage): Record<string, string> {
  const refused = error instanceof Rejection && error.code === 'unauthenticated' && headers.authorization !== undefined
  return refused ? { 'WWW-Authenticate': 'Bearer realm="parley", error="invalid_token"' } : {}
}

/** What is left of a refused body is read and dropped, so that the client gets to read why; a huge one is cut off. */
function endOf({ headers }: IncomingMessage, bound: Bound | undefined): Record<string, string> {
  const limit = bound?.unhurried === true ? 2 * uploadBytes : drainLimit
  return Number(headers['content-length'] ?? 0) > limit ? { Connection: 'close' } : {}
}

function logFailure(
  logger: Logger,
  error: unknown,
  request: IncomingMessage,
  bound: Bound | undefined,
  status: number,
  { parent }: Trace,
): void {
  const about = { error, status, traceId: parent, method: request.method, route: bound?.binding.route.path }
  if (isUnforeseen(error)) logger.error(about, 'a request failed')
  else logger.warn(about, 'a request could not be served')
}
