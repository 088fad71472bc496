import type { ServerResponse } from 'node:http'
import { formatPosition } from '../../../schemas/envelope.ts'
import type { Dialect } from '../../../schemas/route.ts'
import type { Reply } from './binding.ts'
import { refusalOf } from './problem.ts'

/** Writes an answer, as JSON unless it is another text, with ETag and X-Position where it has them. */
export function sendReply(response: ServerResponse, reply: Reply, text: string | undefined): void {
  const headers: Record<string, string | number> = { 'Cache-Control': 'no-store' }
  if (reply.revision !== undefined) headers.ETag = `"${reply.revision}"`
  if (reply.position !== undefined) headers['X-Position'] = formatPosition(reply.position)
  if (text !== undefined) {
    headers['Content-Type'] = reply.content?.type ?? 'application/json; charset=utf-8'
    headers['Content-Length'] = Buffer.byteLength(text)
  } else if (reply.status !== 204) headers['Content-Length'] = 0
  if (reply.headers !== undefined) Object.assign(headers, reply.headers)
  response.writeHead(reply.status, headers)
  response.end(text)
}

/** Writes a refusal as problem+json, for a dialect as its own `{error}`. After the first byte of an answer only cutting it off tells the caller that it is not whole. */
export function sendProblem(
  response: ServerResponse,
  error: unknown,
  traceId: string,
  headers: Record<string, string> = {},
  dialect?: Dialect,
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const refusal = refusalOf(error, traceId, dialect)
  const text = JSON.stringify(dialect === undefined ? refusal.problem : { error: refusal.problem.error })
  response.writeHead(refusal.problem.status, {
    'Cache-Control': 'no-store',
    'Content-Type': `application/${dialect === undefined ? 'problem+json' : 'json'}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(text),
    ...refusal.headers,
    ...headers,
  })
  response.end(text)
}
