import type { IncomingMessage } from 'node:http'
import { type RequestHandler, Router } from 'express'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { traceOf } from './trace.ts'
import { refuseUnbound } from './unbound.ts'

export interface HealthOptions {
  logger: Logger
  metrics: Metrics
  /** Resolves with the reason why this service cannot do its work now, or with undefined. */
  ready: () => Promise<string | undefined>
  /** Who may read `/metrics`; for others there is nothing. Absent: everybody. */
  metricsFor?: ((request: IncomingMessage) => boolean) | undefined
}

export const healthPaths = ['/healthz', '/readyz', '/metrics']

const patienceMs = 3000

/** `/healthz`: the process lives. `/readyz`: it can do its work, else 503 and why not. `/metrics`: for Prometheus. */
export function healthRoutes({ logger, metrics, ready, metricsFor = () => true }: HealthOptions): RequestHandler {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/readyz', async (_request, response) => {
    const reason = await reasonOf(ready, logger)
    if (reason === undefined) response.json({ status: 'ready' })
    else response.status(503).set('Retry-After', '1').json({ status: 'not ready', reason })
  })
  router.get('/metrics', async (request, response) => {
    if (!metricsFor(request)) {
      refuseUnbound(request, response, { kind: 'path' }, traceOf(request.headers.traceparent).parent)
      return
    }
    response.type(metrics.registry.contentType).end(await metrics.registry.metrics())
  })
  router.all(healthPaths, (request, response) => {
    const { parent } = traceOf(request.headers.traceparent)
    refuseUnbound(request, response, { kind: 'method', allow: 'GET, HEAD, OPTIONS' }, parent)
  })
  return router
}

async function reasonOf(ready: HealthOptions['ready'], logger: Logger): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, patienceMs, `no answer within ${patienceMs} ms`)
  })
  try {
    return await Promise.race([ready(), late])
  } catch (error) {
    logger.debug({ error }, 'not ready')
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
