import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import process from 'node:process'
import { VERSION } from '../rpc/discovery.ts'
import type { Store } from '../store/store.ts'

/** The few HTTP/1.1 pages: for health checks, scripts and Prometheus. */
export function pages(store: Store): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'GET only\n')
    switch (path) {
      case '/ping':
        return answer(
          response,
          200,
          'application/json',
          JSON.stringify({ msgTypeId: 12, text: 'Ping request successfully handled' }),
        )
      case '/health/live':
        return answer(response, 204, undefined, '')
      case '/info':
        return answer(response, 200, 'application/json', JSON.stringify({ esVersion: VERSION, state: 'leader' }))
      case '/stats':
        return answer(response, 200, 'application/json', JSON.stringify(figures(store)))
      case '/metrics':
        return answer(response, 200, 'text/plain; version=0.0.4', exposition(figures(store)))
      default:
        return answer(response, 404, 'text/plain', `no page ${describe(request)}\n`)
    }
  }
}

function figures(store: Store): Record<string, number> {
  return {
    last_position: store.log.last,
    subscriptions: store.feed.size,
    resident_memory_bytes: process.memoryUsage.rss(),
    uptime_seconds: Math.round(process.uptime()),
  }
}

function exposition(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `# TYPE event_store_${name} gauge\nevent_store_${name} ${value}\n`)
    .join('')
}

function answer(response: ServerResponse, status: number, type: string | undefined, body: string): void {
  response.writeHead(status, type === undefined ? {} : { 'content-type': type })
  response.end(body)
}

function describe(request: IncomingMessage): string {
  return (request.url ?? '').slice(0, 100)
}
