/** A stream's events that are in the log and not in the index yet: consecutive revisions from `first` on. */
export type PendingStream = { first: number; positions: number[]; tombstoned: boolean }

export class PendingIndex {
  private readonly streams = new Map<string, PendingStream>()
  /** Events in it. */
  size = 0

  add(stream: string, revision: number, position: number): void {
    const pending = this.streams.get(stream)
    if (pending) pending.positions.push(position)
    else this.streams.set(stream, { first: revision, positions: [position], tombstoned: false })
    this.size++
  }

  tombstone(stream: string, last: number): void {
    const pending = this.streams.get(stream) ?? { first: last + 1, positions: [], tombstoned: true }
    pending.tombstoned = true
    this.streams.set(stream, pending)
    this.size++
  }

  position(stream: string, revision: number): number | undefined {
    const pending = this.streams.get(stream)
    return pending?.positions[revision - pending.first]
  }

  /** The stream's first pending revision; none is Infinity. */
  firstOf(stream: string): number {
    const pending = this.streams.get(stream)
    return pending && pending.positions.length > 0 ? pending.first : Number.POSITIVE_INFINITY
  }

  head(stream: string): { last: number; tombstoned: boolean } | undefined {
    const pending = this.streams.get(stream)
    return pending && { last: pending.first + pending.positions.length - 1, tombstoned: pending.tombstoned }
  }

  entries(): [string, PendingStream][] {
    return [...this.streams]
  }

  clear(): void {
    this.streams.clear()
    this.size = 0
  }
}
