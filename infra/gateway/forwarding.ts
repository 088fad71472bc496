import type { IncomingMessage } from 'node:http'
import type { Caller } from '../../schemas/caller.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { InternalTokens } from '../runtime/auth/internal-tokens.ts'
import { bodyLimit } from '../runtime/http/body.ts'
import { demandUploadInBounds } from '../runtime/http/multipart.ts'
import { invalid } from '../runtime/http/problem.ts'
import type { Trace } from '../runtime/http/trace.ts'

/** Hop by hop (RFC 9110), or ours to say. */
const dropped = [
  'authorization',
  'cookie',
  'x-csrftoken',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'expect',
  'forwarded',
]

/**
 * Makes a client's request one that our services may believe: the credential becomes the internal token, and what only the gateway may
 * say is said by it.
 */
export async function prepare(
  { headers }: IncomingMessage,
  caller: Caller,
  { tokens, trace, ip }: { tokens: InternalTokens; trace: Trace; ip: string },
): Promise<void> {
  const upgrade = headers.upgrade
  for (const name of Object.keys(headers)) {
    if (dropped.includes(name) || name.startsWith('x-internal') || name.startsWith('x-forwarded')) delete headers[name]
  }
  if (upgrade !== undefined) headers.connection = 'Upgrade'
  if (caller.kind !== 'anonymous') headers.authorization = `Bearer ${await tokens.issue(caller)}`
  headers.traceparent = trace.parent
  headers['x-forwarded-for'] = ip
}

/** Throws for bodies that need not be looked at to be refused. `isUpload` says whether it brings files to a route that takes them. */
export function demandBodyInBounds({ method, headers }: IncomingMessage, isUpload: () => boolean): void {
  if (Number(headers['content-length'] ?? 0) > bodyLimit) {
    if (!isUpload()) throw new Rejection('too-large', 'The body must not be larger than 1 MB')
    demandUploadInBounds({ headers })
  }
  // http-proxy calls a DELETE without length empty and sends its body all the same: the service would take it for the next request.
  const bodiless = method !== 'POST' && method !== 'PUT' && method !== 'PATCH'
  if (bodiless && headers['transfer-encoding'] !== undefined) {
    throw invalid([
      { path: 'Transfer-Encoding', message: `Transfer-Encoding is not for a ${method}: state the length of its body` },
    ])
  }
}
