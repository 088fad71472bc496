import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../../schemas/caller.ts'
import { hubPath } from '../../schemas/realtime/hub.ts'
import { socketIoPath } from '../../schemas/realtime/socket-io.ts'
import { type Callers, connectionTokens } from './callers.ts'
import type { EndpointLimits, RateLimits } from './rate-limits.ts'

/** Counts a request for a connection to realtime; throws TooMany. */
export type ConnectionCount = (caller: Caller, ip: string, url: URL, response?: ServerResponse) => Promise<void>

/** Of a connection that has begun: polls, what is sent beside an event stream, and new WebSockets of one that resumes. */
const perMinute = 1200

/** The parameter that names a connection which has begun, where one is more than a WebSocket. */
const begun: Readonly<Record<string, string>> = { [hubPath]: 'id', [socketIoPath]: 'sid' }

/**
 * A new connection counts as a request of its caller. What belongs to one that was counted is many requests by nature, and has a limit of
 * its own.
 */
export function connectionCount(limit: RateLimits, endpoint: EndpointLimits): ConnectionCount {
  return async (caller, ip, url, response) => {
    if (connectionOf(url) !== undefined) {
      await endpoint('connections', perMinute, nameOf(caller, ip), response)
    } else await limit(caller, ip, response)
  }
}

/** Which connection a request belongs to that has begun, or was negotiated; undefined for what begins one. */
export function connectionOf(url: URL): { parameter: string; id: string } | undefined {
  const parameter = begun[withoutSlash(url.pathname)]
  const id = parameter === undefined ? null : url.searchParams.get(parameter)
  return parameter === undefined || id === null ? undefined : { parameter, id }
}

/** Who asks for a connection, or goes on with one; counted. Throws Rejection. */
export async function admitConnection(
  { callers, count }: { callers: Pick<Callers, 'ofConnection'>; count: ConnectionCount },
  request: IncomingMessage,
  url: URL,
  ip: string,
  response?: ServerResponse,
): Promise<Caller> {
  const caller = await callers.ofConnection(request, url).catch(async (error: unknown) => {
    // Those who guess credentials are counted by their address, whatever they say to go on with.
    await count({ kind: 'anonymous' }, ip, new URL(url.pathname, url), response)
    throw error
  })
  await count(caller, ip, url, response)
  return caller
}

function nameOf(caller: Caller, ip: string): string {
  if (caller.kind === 'anonymous' || caller.kind === 'system') return ip
  return `${caller.kind}:${caller.kind === 'visitor' ? caller.conversationId : caller.id}`
}

/** The path of a request, without a slash at its end. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return withoutSlash(url.split('?', 1)[0] ?? '/')
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

export function addressAsked({ url = '/' }: IncomingMessage): URL {
  return new URL(url, 'http://gateway')
}

/** The service is told by the header who calls; a token in an address would end up in logs. */
export function hideTokens(request: IncomingMessage, url: URL): void {
  for (const name of connectionTokens) url.searchParams.delete(name)
  request.url = url.pathname + url.search
}
