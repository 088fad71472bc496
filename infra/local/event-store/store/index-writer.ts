import { type Environment, INDEX_STATE_KEY, indexKey, positionKey, streamKey } from './environment.ts'
import type { PendingIndex, PendingStream } from './pending-index.ts'
import { readStreamRow, streamRow } from './stream-row.ts'

/** So many events are indexed in one step, in the order of their streams: rows of one page are written together. */
const STEP = 2048

type Row = { id: number; stream: string; isNew: boolean; pending: PendingStream }

/** Moves the pending index into LMDB. */
export class IndexWriter {
  /** Everything up to this position is indexed. */
  indexed: number
  private nextId: number
  private readonly env: Environment
  private readonly pending: PendingIndex
  private readonly onIndexed: (stream: string, id: number) => void

  constructor(env: Environment, pending: PendingIndex, onIndexed: (stream: string, id: number) => void) {
    this.env = env
    this.pending = pending
    this.onIndexed = onIndexed
    const state = env.streams.get(INDEX_STATE_KEY)
    this.indexed = state ? state.readUIntBE(2, 6) : 0
    this.nextId = state ? state.readUInt32BE(8) : 1
  }

  get due(): boolean {
    return this.pending.size >= STEP
  }

  /**
   * Puts all pending events, up to `position`, into the transaction that is being written. Answers what to do when it
   * is committed; if it is not, nothing has changed.
   */
  write(position: number): () => void {
    let nextId = this.nextId
    const rows: Row[] = this.pending.entries().map(([stream, pending]) => {
      const row = this.env.streams.get(streamKey(stream))
      return { id: row ? readStreamRow(row).id : nextId++, stream, isNew: !row, pending }
    })
    rows.sort((a, b) => a.id - b.id)
    for (const { id, stream, isNew, pending } of rows) {
      for (const [i, eventPosition] of pending.positions.entries()) {
        this.env.index.put(indexKey(id, pending.first + i), positionKey(eventPosition))
      }
      if (isNew || pending.tombstoned)
        this.env.streams.put(streamKey(stream), streamRow({ id, tombstoned: pending.tombstoned }))
    }
    this.env.streams.put(INDEX_STATE_KEY, indexState(position, nextId))
    return () => {
      this.indexed = position
      this.nextId = nextId
      for (const { stream, id } of rows) this.onIndexed(stream, id)
      this.pending.clear()
    }
  }
}

function indexState(indexed: number, nextId: number): Buffer {
  const state = Buffer.alloc(12)
  state.writeUIntBE(indexed, 2, 6)
  state.writeUInt32BE(nextId, 8)
  return state
}
