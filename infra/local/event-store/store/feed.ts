import type { DraftedEvent } from './draft.ts'

type Listener = () => void

/** Wakes subscriptions when something was committed that may concern them. */
export class Feed {
  private readonly all = new Set<Listener>()
  private readonly streams = new Map<string, Set<Listener>>()

  /** Listens to one stream, or to everything; answers how to stop. */
  listen(stream: string | undefined, listener: Listener): () => void {
    if (stream === undefined) {
      this.all.add(listener)
      return () => this.all.delete(listener)
    }
    const listeners = this.streams.get(stream) ?? new Set()
    this.streams.set(stream, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.streams.get(stream) === listeners) this.streams.delete(stream)
    }
  }

  get size(): number {
    let size = this.all.size
    for (const listeners of this.streams.values()) size += listeners.size
    return size
  }

  committed(events: DraftedEvent[]): void {
    for (const listener of [...this.all]) listener()
    if (this.streams.size === 0) return
    for (const stream of new Set(events.map((event) => event.stream))) {
      const listeners = this.streams.get(stream)
      if (listeners) for (const listener of [...listeners]) listener()
    }
  }
}
