import { LRUCache } from 'lru-cache'
import type { Row } from './table.ts'

/**
 * The rows of the streams that were written last, by stream, so that they need not be read again: as long as a lane's epoch stands,
 * nobody else writes them but those who release a parked stream, and that is seen in the checkpoint. What a transaction writes counts
 * when it has been committed.
 */
export class RowCache {
  readonly #rows: LRUCache<string, Row>
  readonly #staged = new Map<string, Row>()

  constructor(size: number) {
    this.#rows = new LRUCache({ max: size })
  }

  get(stream: string): Row | undefined {
    return this.#staged.get(stream) ?? this.#rows.get(stream)
  }

  stage(stream: string, row: Row): void {
    this.#staged.set(stream, row)
  }

  /** The transaction has been committed. */
  keep(): void {
    for (const [stream, row] of this.#staged) this.#rows.set(stream, row)
    this.#staged.clear()
  }

  /** It has not, or others have written. */
  clear(): void {
    this.#staged.clear()
    this.#rows.clear()
  }
}
