import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import express from 'express'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { addressOf } from './address.ts'
import type { Binding } from './binding.ts'
import { createExchange, type ExchangeOptions, type Tokens } from './exchange.ts'
import { type HealthOptions, healthPaths, healthRoutes } from './health.ts'
import { refusalOf } from './problem.ts'
import { traceOf } from './trace.ts'
import { uploadPatience } from './upload-patience.ts'

/** How long a request may take to come in, and how long one with files, which a slow line needs. */
const requestMs = 30_000
const uploadMs = 300_000

export interface ServeOptions {
  /** The service, as logs and metrics name it. */
  name: string
  config: Pick<Config, 'environment'>
  logger: Logger
  metrics: Metrics
  /** 0 for any free one. */
  port: number
  host: string
  bindings: readonly Binding[]
  /** Who a bearer token stands for: internal tokens for services. */
  tokens: Tokens
  callerOf?: ExchangeOptions['callerOf']
  ready: () => Promise<string | undefined>
  /** Who may read `/metrics`; for others there is nothing. Default: everybody. */
  metricsFor?: HealthOptions['metricsFor']
  /** Takes over sockets that ask for another protocol. Close them before `stop`, which only ends them. */
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** What comes before and after the bindings; the gateway is made of these. */
  admit?: ExchangeOptions['admit']
  otherwise?: ExchangeOptions['otherwise']
  dialectOf?: ExchangeOptions['dialectOf']
  /** How many proxies before this server are believed about the client's address. */
  trustedProxies?: number
  /** How long an idle connection is kept: longer than those who connect keep theirs, so that they never write to one just closed. */
  keepAliveMs?: number
}

export interface Serving {
  readonly port: number
  readonly server: Server
  /** Takes no new requests, finishes those under way, and resolves when all connections are closed; cuts them off after a while. */
  stop(withinMs?: number): Promise<void>
}

/**
 * Serves the declared routes that are bound, and health and metrics beside them. Nothing else is reachable.
 *
 * Declared routes are answered on node's own request and response: Express changes the prototype of both, which makes every later
 * access to them slow, and cost two thirds of the time of a command (docs/decisions/declared-routes-beside-express.md). Express has the rest.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const {
    config,
    logger,
    metrics,
    bindings,
    tokens,
    admit,
    otherwise,
    dialectOf,
    trustedProxies = 0,
    keepAliveMs = 75_000,
  } = options
  let stopping = false

  const exchange = createExchange({
    bindings,
    tokens,
    callerOf: options.callerOf,
    logger,
    metrics,
    checkAnswers: config.environment === 'test',
    admit,
    otherwise,
    dialectOf,
    addressOf: (request) => addressOf(request, trustedProxies),
  })
  const app = express()
  app.disable('x-powered-by')
  const ready = async () => (stopping ? 'stopping' : options.ready())
  app.use(healthRoutes({ logger, metrics, ready, metricsFor: options.metricsFor }))

  const patience = uploadPatience()
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (stopping) response.setHeader('Connection', 'close')
    patience.note(request)
    if (healthPaths.includes(request.url ?? '')) app(request, response)
    else void exchange(request, response)
  }

  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 15_000,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 5000,
    },
    answer,
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && patience.grant(socket, uploadMs - requestMs)) return
    answerBrokenRequest(error, socket)
  })
  const upgraded = new Set<Duplex>()
  if (options.upgrade !== undefined) {
    const { upgrade } = options
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      upgraded.add(socket)
      socket.once('close', () => upgraded.delete(socket))
      upgrade(request, socket, head)
    })
  }
  const port = await listen(server, options.port, options.host)
  logger.info({ port, host: options.host }, `${options.name} listens`)

  return {
    port,
    server,
    stop(withinMs = 8000) {
      stopping = true
      return close(server, upgraded, withinMs)
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/**
 * Node stops listening at once, but waits for idle connections; those are closed as they fall idle. Sockets that speak another
 * protocol are not node's to close: whoever speaks it has said goodbye before, and they are ended here.
 */
function close(server: Server, upgraded: ReadonlySet<Duplex>, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    for (const socket of upgraded) socket.end()
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    const late = setTimeout(() => {
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
    }, withinMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** What is no HTTP has no request object; it gets a problem by hand, and the end of its connection. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, title, detail] = brokenKinds[error.code ?? ''] ?? [400, 'Bad Request', 'This is not valid HTTP']
  const { problem } = refusalOf(undefined, traceOf(undefined).parent)
  const text = JSON.stringify({ ...problem, type: 'about:blank', status, title, detail, error: detail })
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  )
}

const brokenKinds: Readonly<Record<string, [status: number, title: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers must not be larger than 16 kB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time'],
}
