import { LRUCache } from 'lru-cache'
import { type Environment, indexKey, MAX_REVISION, positionOfKey, revisionOfKey, streamKey } from './environment.ts'
import { IndexWriter } from './index-writer.ts'
import { PendingIndex } from './pending-index.ts'
import { readStreamRow } from './stream-row.ts'

/** What is known of a stream. A stream that was never written has last revision -1. */
export type StreamHead = { readonly last: number; readonly tombstoned: boolean }
/** A committed event, or with revision -1 the tombstone of a stream. */
export type CommittedEvent = { stream: string; revision: number; position: number }

const CACHED = 50_000
const ABSENT = { id: 0, last: -1, tombstoned: false }

/**
 * Which events stand in which stream. The log alone is written with every flush; its index follows in larger steps,
 * and what is not indexed yet is kept in memory (`PendingIndex`), and read from the log again after a crash.
 */
export class Streams {
  readonly pending = new PendingIndex()
  readonly writer: IndexWriter
  private readonly heads = new LRUCache<string, StreamHead>({ max: CACHED })
  private readonly ids = new LRUCache<string, number>({ max: CACHED })
  private readonly env: Environment

  constructor(env: Environment) {
    this.env = env
    this.writer = new IndexWriter(env, this.pending, (stream, id) => this.ids.set(stream, id))
  }

  head(stream: string): StreamHead {
    const cached = this.heads.get(stream)
    if (cached) return cached
    const head = this.load(stream)
    this.heads.set(stream, head)
    return head
  }

  committed({ stream, revision, position }: CommittedEvent): void {
    const head = this.head(stream)
    if (revision < 0) {
      this.pending.tombstone(stream, head.last)
      this.heads.set(stream, { last: head.last, tombstoned: true })
    } else {
      this.pending.add(stream, revision, position)
      this.heads.set(stream, { last: revision, tombstoned: head.tombstoned })
    }
  }

  /** The position of one event; undefined when the stream has no such revision. */
  position(stream: string, revision: number): number | undefined {
    if (revision < 0) return undefined
    const pending = this.pending.position(stream, revision)
    if (pending !== undefined) return pending
    const id = this.idOf(stream)
    const value = id === 0 ? undefined : this.env.index.get(indexKey(id, revision))
    return value && positionOfKey(value)
  }

  /** The positions of consecutive revisions, in the direction from `first` to `last`. */
  positions(stream: string, first: number, last: number): number[] {
    const step = first <= last ? 1 : -1
    const positions: number[] = []
    for (let revision = first; positions.length <= Math.abs(last - first); revision += step) {
      const pending = this.pending.position(stream, revision)
      if (pending === undefined) {
        // Backwards, pending revisions come first; forwards, they come last.
        const edge = step > 0 ? Math.min(last, this.pending.firstOf(stream) - 1) : last
        const indexed = this.indexed(stream, revision, edge)
        positions.push(...indexed)
        if (indexed.length === 0) break
        revision += step * (indexed.length - 1)
      } else positions.push(pending)
    }
    return positions
  }

  private indexed(stream: string, first: number, last: number): number[] {
    const id = this.idOf(stream)
    if (id === 0) return []
    if (first === last) {
      const value = this.env.index.get(indexKey(id, first))
      return value ? [positionOfKey(value)] : []
    }
    const [start, end] = [indexKey(id, first), indexKey(id, last)]
    const positions: number[] = []
    for (const { value } of this.env.index.getRange({ start, end, inclusiveEnd: true, reverse: first > last })) {
      positions.push(positionOfKey(value))
    }
    return positions
  }

  private load(stream: string): StreamHead {
    const { id, last, tombstoned } = this.stored(stream)
    this.ids.set(stream, id)
    const pending = this.pending.head(stream)
    return { last: Math.max(last, pending?.last ?? -1), tombstoned: tombstoned || pending?.tombstoned === true }
  }

  private idOf(stream: string): number {
    const cached = this.ids.get(stream)
    if (cached !== undefined) return cached
    const { id } = this.stored(stream)
    this.ids.set(stream, id)
    return id
  }

  private stored(stream: string): { id: number; last: number; tombstoned: boolean } {
    const row = this.env.streams.get(streamKey(stream))
    if (!row) return ABSENT
    const { id, tombstoned } = readStreamRow(row)
    const bounds = { start: indexKey(id, MAX_REVISION), end: indexKey(id, 0), inclusiveEnd: true }
    const [last] = [...this.env.index.getKeys({ ...bounds, reverse: true, limit: 1 })]
    return { id, last: last === undefined ? -1 : revisionOfKey(last), tombstoned }
  }
}
