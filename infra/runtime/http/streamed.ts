import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Reply } from './binding.ts'
import type { StreamedText } from './content.ts'

/** A client that takes nothing for so long is cut off: what is read for it would wait for ever. */
const idleMs = 60_000

/**
 * Sends a text as it is made. Resolves when the first piece is on its way; what fails before that is thrown, and refused as usual. If it
 * fails later, the connection is cut, which is all that tells the client that it is not whole, and `onCut` gets the reason.
 */
export async function sendStreamed(
  response: ServerResponse,
  { status, headers }: Reply,
  { type, pieces }: StreamedText,
  onCut: (error: unknown) => void,
): Promise<void> {
  const source = pieces[Symbol.asyncIterator]()
  const first = await source.next()
  if (response.destroyed) {
    await source.return?.()
    return
  }
  response.setTimeout(idleMs, () => response.destroy())
  response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': type, ...headers })
  pipeline(from(first, source), response).catch(onCut)
}

async function* from(first: IteratorResult<string>, source: AsyncIterator<string>) {
  try {
    for (let next = first; next.done !== true; next = await source.next()) yield next.value
  } finally {
    await source.return?.()
  }
}
