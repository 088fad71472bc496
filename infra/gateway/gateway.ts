import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Route } from '../../schemas/route.ts'
import { routes } from '../../schemas/routes.ts'
import type { InternalTokens } from '../runtime/auth/internal-tokens.ts'
import { type Config, realtimeUrls, serviceUrl } from '../runtime/config.ts'
import { addressOf } from '../runtime/http/address.ts'
import type { Binding } from '../runtime/http/binding.ts'
import type { Tokens } from '../runtime/http/exchange.ts'
import { isMultipart } from '../runtime/http/multipart.ts'
import { routeTable } from '../runtime/http/route-table.ts'
import { type Serving, serve } from '../runtime/http/server.ts'
import type { Trace } from '../runtime/http/trace.ts'
import { refuseUnbound } from '../runtime/http/unbound.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { BrowserRules } from './browser-rules.ts'
import type { Callers } from './callers.ts'
import type { ConnectionCount } from './connecting.ts'
import type { EndpointCount } from './dialects/site-chat/limits.ts'
import { demandBodyInBounds, prepare } from './forwarding.ts'
import type { Pages } from './pages.ts'
import { createPolling } from './polling.ts'
import { createProxy, type Passage } from './proxy.ts'
import type { RateLimits } from './rate-limits.ts'
import { createRealtimePassages } from './realtime-passages.ts'
import { refusalForms } from './refusal-form.ts'
import { createSockets } from './sockets.ts'

export interface GatewayOptions {
  config: Config
  logger: Logger
  metrics: Metrics
  /** Routes of the gateway's own. */
  bindings: readonly Binding[]
  callers: Callers
  credentials: Tokens
  tokens: InternalTokens
  limit: RateLimits
  countEndpoint: EndpointCount
  countConnection: ConnectionCount
  browserRules: BrowserRules
  pages: Pages
  ready: () => Promise<string | undefined>
  /** Told of each request that a service has carried out. */
  done: (route: Route, params: Readonly<Record<string, string>>) => void
}

/** What may be reached from outside: neither our services' own routes nor anything that is not declared. */
const outside = (route: Route) => route.access !== 'system' && !route.path.startsWith('/internal/')

/** The public door: finds out who calls, counts, and passes each declared route on to the service that has it. */
export async function startGateway(options: GatewayOptions): Promise<Serving> {
  const { config, logger, metrics, bindings, callers, credentials, tokens, limit, browserRules, pages } = options
  const { countEndpoint, countConnection: count } = options
  const { trustedProxies } = config
  const table = routeTable(routes.filter(outside), (route) => route)
  const dialectOf = refusalForms(routes)

  const isUpload = (request: IncomingMessage): boolean => {
    if (!isMultipart(request)) return false
    const found = table.find(request.method ?? 'GET', pathOf(request))
    return found.kind === 'route' && found.route.takes === 'multipart'
  }
  const proxies: Record<Route['service'], Passage | undefined> = {
    'command-api': createProxy(serviceUrl(config, 'commandApi'), logger, { isUpload }),
    'query-api': createProxy(serviceUrl(config, 'queryApi'), logger),
    gateway: undefined,
  }
  const { polls, sockets } = createRealtimePassages(realtimeUrls(config), logger)
  const polling = createPolling({ realtime: polls, callers, tokens, count, trustedProxies })

  /** What other systems tell us comes in bursts from few addresses: whoever cannot sign is counted where that is found out. */
  const isHook = (request: IncomingMessage): boolean => {
    const path = pathOf(request)
    return path.startsWith('/webhooks/') && table.find(request.method ?? 'GET', path).kind === 'route'
  }

  /** Endpoints of other systems with limits of their own. */
  const countedApart = async (request: IncomingMessage, ip: string, response: ServerResponse): Promise<boolean> => {
    if (isHook(request)) return true
    if (dialectOf(request) === undefined) return false
    const found = table.find(request.method ?? 'GET', pathOf(request))
    return found.kind === 'route' && countEndpoint(found.route, request, ip, response)
  }

  const admit = async (request: IncomingMessage, response: ServerResponse, trace: Trace): Promise<boolean> => {
    response.setHeader('X-Request-Id', trace.id)
    if (browserRules(request, response)) return false
    if (pages.have(request)) return true
    if (polling.has(request)) {
      await polling.admit(request, response)
      return true
    }
    const ip = addressOf(request, trustedProxies)
    const caller = await callers.ofRequest(request).catch(async (error: unknown) => {
      // Those who guess credentials are counted by their address.
      await limit({ kind: 'anonymous' }, ip, response)
      throw error
    })
    if (!(await countedApart(request, ip, response))) await limit(caller, ip, response)
    if (!isHook(request)) demandBodyInBounds(request, () => isUpload(request))
    return true
  }

  const otherwise = async (request: IncomingMessage, response: ServerResponse, trace: Trace): Promise<void> => {
    if (pages.have(request)) return pages.serve(request, response)
    if (polling.has(request)) return polling.pass(request, response, trace)
    const found = table.find(request.method ?? 'GET', pathOf(request))
    const proxy = found.kind === 'route' ? proxies[found.route.service] : undefined
    if (found.kind !== 'route' || proxy === undefined) {
      const unbound = found.kind === 'route' ? ({ kind: 'path' } as const) : found
      refuseUnbound(request, response, unbound, trace.parent, dialectOf(request))
      return
    }
    const { path: route } = found.route
    const end = metrics.httpDuration.startTimer({ method: found.route.method, route })
    response.once('finish', () => {
      end({ status: String(response.statusCode) })
      if (response.statusCode < 300) options.done(found.route, found.params)
    })
    await prepare(request, await callers.ofRequest(request), { tokens, trace, ip: addressOf(request, trustedProxies) })
    await proxy(request, response)
  }

  const upgrade = createSockets({ realtime: sockets, callers, tokens, count, logger, trustedProxies })
  return serve({
    name: 'gateway',
    config,
    logger,
    metrics,
    port: config.gatewayPort,
    host: config.host,
    bindings,
    tokens: credentials,
    callerOf: callers.ofRequest,
    ready: options.ready,
    metricsFor: (request) => config.metricsPublic === 'on' || isFromHere(request),
    upgrade: (request, socket, head) => void upgrade(request, socket, head),
    admit,
    otherwise,
    dialectOf,
    trustedProxies,
    keepAliveMs: 65_000,
  })
}

const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/'

/** Straight from this host: neither from elsewhere nor by way of a proxy that stands here. */
function isFromHere({ headers, socket }: IncomingMessage): boolean {
  const passedOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  return !passedOn && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? '')
}
