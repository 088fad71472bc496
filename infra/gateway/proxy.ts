import { Agent, type IncomingMessage, ServerResponse } from 'node:http'
import { createProxyMiddleware, type Plugin, type RequestHandler } from 'http-proxy-middleware'
import { Rejection } from '../../schemas/rejection.ts'
import { bodyLimit } from '../runtime/http/body.ts'
import { uploadBytes } from '../runtime/http/multipart.ts'
import { sendProblem } from '../runtime/http/reply.ts'
import { traceOf } from '../runtime/http/trace.ts'
import type { Logger } from '../runtime/logger.ts'

/** Passes requests on to one service. */
export type Passage = RequestHandler

/** The service refuses what is over the limit; a client that goes on sending regardless is cut off here. */
const cutAt = 4 * bodyLimit
const cutUploadAt = uploadBytes + bodyLimit

export interface ProxyOptions {
  /** Which requests may bring files. */
  isUpload?: (request: IncomingMessage) => boolean
  /** The service holds answers back, or never ends them, for as many clients as it takes. */
  holdsAnswers?: boolean
  /** Which of several instances a request belongs with; without it, all go to the one. Never rejects. */
  instanceOf?: (request: IncomingMessage) => Promise<string>
  /** Told where a request failed. */
  failed?: (target: string) => void
}

/**
 * A proxy with connections that are kept, for less long than the services keep theirs. It tries once: whether to try again is the client's
 * to say, who knows whether he gave an idempotency key.
 */
export function createProxy(
  target: string,
  logger: Logger,
  { isUpload = () => false, holdsAnswers = false, instanceOf, failed = () => undefined }: ProxyOptions = {},
): Passage {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: holdsAnswers ? Number.POSITIVE_INFINITY : 512,
    maxFreeSockets: 128,
    timeout: 60_000,
    scheduling: 'lifo',
  })
  return createProxyMiddleware<IncomingMessage, ServerResponse>({
    target,
    ...(instanceOf === undefined ? {} : { router: instanceOf }),
    agent,
    proxyTimeout: 35_000,
    // Its own plugins answer failures in plain text and log addresses, in which tokens may be.
    ejectPlugins: true,
    plugins: [
      failuresAsProblems(logger, failed),
      boundedBodies(isUpload),
      ...(holdsAnswers ? [unheldByClients] : []),
      wholeAnswers,
      ownConnection,
    ],
  })
}

function failuresAsProblems(logger: Logger, failed: (target: string) => void): Plugin<IncomingMessage, ServerResponse> {
  return (proxy) => {
    proxy.on('error', (error, request, response, to) => {
      const target = nameOf(to)
      logger.warn({ error, target, method: request.method }, 'a service could not be reached')
      failed(target)
      if (response instanceof ServerResponse) {
        sendProblem(response, unavailable(), traceOf(request.headers.traceparent).parent)
      } else response.destroy()
    })
    // A client that went away while the service answered is nobody's failure, but http-proxy would throw it.
    proxy.on('econnreset', (error, _request, response) => {
      logger.debug({ error }, 'the client went away')
      response.destroy()
    })
  }
}

function boundedBodies(isUpload: (request: IncomingMessage) => boolean): Plugin<IncomingMessage, ServerResponse> {
  return (proxy) => {
    proxy.on('start', (request) => {
      let left = isUpload(request) ? cutUploadAt : cutAt
      request.on('data', (chunk: Buffer) => {
        left -= chunk.length
        if (left < 0) request.socket.destroy()
      })
    })
  }
}

/** A client who leaves before he is answered is not waited for: the service may be holding its answer back for him (a poll). */
const unheldByClients: Plugin<IncomingMessage, ServerResponse> = (proxy) => {
  proxy.on('proxyReq', (asked, _request, response) => {
    response.once('close', () => {
      if (!response.headersSent) asked.destroy()
    })
  })
}

/** An answer that ends early is cut for the client too, who would wait for its end; one that he left is not read on. */
const wholeAnswers: Plugin<IncomingMessage, ServerResponse> = (proxy) => {
  proxy.on('proxyRes', (answer, _request, response) => {
    answer.once('close', () => {
      if (!answer.complete) response.destroy()
    })
    response.once('close', () => {
      if (!answer.complete) answer.destroy()
    })
  })
}

/** Whether a connection is kept is between its two ends: what the service says of its own is not the client's. */
const ownConnection: Plugin<IncomingMessage, ServerResponse> = (proxy) => {
  proxy.on('proxyRes', ({ headers }, _request, response) => {
    const closes = !response.shouldKeepAlive || response.getHeader('connection') === 'close'
    headers.connection = closes ? 'close' : 'keep-alive'
    delete headers['keep-alive']
  })
}

/** As it was configured: http-proxy has parsed it. */
function nameOf(target: string | { href?: string } | undefined): string {
  return String(typeof target === 'object' ? target.href : target).replace(/\/$/, '')
}

function unavailable(): Rejection {
  return new Rejection('unavailable', 'A service that is needed cannot be reached; try again')
}
