import type { StreamReader } from '../store/stream-reader.ts'
import type { ReadRequest } from '../wire/read-messages.ts'
import { readContent, readHeader, resolvedLink, withStructuredId } from '../wire/stored-event.ts'

const LINK_TYPE = '$>'

/** How stored events look to one reader: as stored, unless it wants links resolved or ids in halves. */
export type Presentation = (stored: Buffer) => Buffer

export function presentation(request: ReadRequest, streams: StreamReader): Presentation {
  const id: Presentation = request.structuredIds ? withStructuredId : (stored) => stored
  if (!request.resolveLinks) return id
  return (stored) => {
    if (readHeader(stored).type !== LINK_TYPE) return id(stored)
    const target = linkTarget(stored, streams)
    return resolvedLink(id(stored), target && id(target))
  }
}

/** A link's data is `revision@stream`. Undefined when there is no such event, or no longer. */
function linkTarget(link: Buffer, streams: StreamReader): Buffer | undefined {
  const text = readContent(link).data.toString('utf8')
  const at = text.indexOf('@')
  const revision = Number(text.slice(0, Math.max(0, at)))
  if (at < 1 || !Number.isSafeInteger(revision) || revision < 0) return undefined
  return streams.event(text.slice(at + 1), revision)
}
