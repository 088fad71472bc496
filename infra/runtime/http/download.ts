import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Reply } from './binding.ts'
import type { ByteRange, Download } from './content.ts'
import { isKnown, rangeOf } from './range.ts'

/** A client that takes nothing for so long is cut off: what it was promised holds a file open. */
const idleMs = 60_000

interface Answer {
  status: number
  headers: Record<string, string | number>
  /** Absent: there is nothing to send. */
  bytes?: { range: ByteRange | undefined; length: number }
}

/** What a download is answered with: 200, 206 for a range, 304 where the client has it. Throws Rejection('range-not-satisfiable'). */
export function answerTo({ method, headers }: IncomingMessage, reply: Reply, { type, size, etag }: Download): Answer {
  // A browser may keep it, but has to ask whether it may still be seen.
  const known = { ETag: `"${etag}"`, 'Cache-Control': 'private, no-cache', ...reply.headers }
  if (isKnown(headers, etag)) return { status: 304, headers: known }
  const range = method === 'HEAD' ? undefined : rangeOf(headers, size, etag)
  const length = range === undefined ? size : range.end - range.start + 1
  const described = { ...known, 'Accept-Ranges': 'bytes', 'Content-Type': type, 'Content-Length': length }
  if (method === 'HEAD') return { status: reply.status, headers: described }
  const bytes = { range, length }
  if (range === undefined) return { status: reply.status, headers: described, bytes }
  const part = `bytes ${range.start}-${range.end}/${size}`
  return { status: 206, headers: { ...described, 'Content-Range': part }, bytes }
}

/**
 * Sends it. Resolves when the bytes are on their way; throws only before the first of them. If they fail later, the connection is cut,
 * which is all that tells the client that they are not whole, and `onCut` gets the reason.
 */
export async function sendDownload(
  response: ServerResponse,
  { status, headers, bytes }: Answer,
  download: Download,
  onCut: (error: unknown) => void,
): Promise<void> {
  if (bytes === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  const source = await download.open(bytes.range)
  if (response.destroyed) {
    source.destroy()
    return
  }
  response.setTimeout(idleMs, () => response.destroy())
  response.writeHead(status, headers)
  pipeline(whole(source, bytes.length), response).catch(onCut)
}

/** Fewer bytes than promised would leave the client waiting for the rest. */
async function* whole(source: Readable, length: number): AsyncGenerator<Buffer, void, undefined> {
  let sent = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    sent += chunk.length
    yield chunk
  }
  if (sent !== length) throw new Error(`${sent} bytes of ${length} were there`)
}
