import { LRUCache } from 'lru-cache'
import { type Environment, indexKey, MAX_REVISION, positionOfKey, revisionOfKey, streamKey } from './environment.ts'

/** What is known of a stream. A stream that was never written has id 0 and last revision -1. */
export type StreamHead = { readonly id: number; readonly last: number; readonly tombstoned: boolean }

const ABSENT: StreamHead = { id: 0, last: -1, tombstoned: false }
const CACHED_HEADS = 100_000
const TOMBSTONED = 1

/** The committed heads of all streams: in LMDB, the recently used ones also in memory. */
export class Streams {
  private readonly cache = new LRUCache<string, StreamHead>({ max: CACHED_HEADS })
  private readonly env: Environment

  constructor(env: Environment) {
    this.env = env
  }

  head(stream: string): StreamHead {
    const cached = this.cache.get(stream)
    if (cached) return cached
    const head = this.load(stream)
    this.cache.set(stream, head)
    return head
  }

  /** Takes over a head that has been committed. */
  committed(stream: string, head: StreamHead): void {
    this.cache.set(stream, head)
  }

  /** The position of one event; undefined when the stream has no such revision. */
  position(head: StreamHead, revision: number): number | undefined {
    if (revision < 0 || revision > head.last) return undefined
    const value = this.env.index.get(indexKey(head.id, revision))
    return value && positionOfKey(value)
  }

  /** The positions of consecutive revisions, from `first` towards `last`, whichever direction that is. */
  positions(head: StreamHead, first: number, last: number): number[] {
    if (first === last) {
      const position = this.position(head, first)
      return position === undefined ? [] : [position]
    }
    const range = this.env.index.getRange({
      start: indexKey(head.id, first),
      end: indexKey(head.id, last),
      inclusiveEnd: true,
      reverse: first > last,
    })
    const positions: number[] = []
    for (const { value } of range) positions.push(positionOfKey(value))
    return positions
  }

  /** One more than the highest stream id that was given out. */
  nextId(): number {
    const [last] = [...this.env.index.getKeys({ reverse: true, limit: 1 })]
    return last === undefined ? 1 : new DataView(last.buffer, last.byteOffset).getUint32(0) + 1
  }

  private load(stream: string): StreamHead {
    const row = this.env.streams.get(streamKey(stream))
    if (!row) return ABSENT
    const id = row.readUInt32BE(0)
    const bounds = {
      start: indexKey(id, MAX_REVISION),
      end: indexKey(id, 0),
      inclusiveEnd: true,
      reverse: true,
      limit: 1,
    }
    const [last] = [...this.env.index.getKeys(bounds)]
    return { id, last: last === undefined ? -1 : revisionOfKey(last), tombstoned: row[4] === TOMBSTONED }
  }
}

/** The row of `streams`: id, flags. */
export function streamRow(head: StreamHead): Buffer {
  const row = Buffer.alloc(5)
  row.writeUInt32BE(head.id, 0)
  row[4] = head.tombstoned ? TOMBSTONED : 0
  return row
}
