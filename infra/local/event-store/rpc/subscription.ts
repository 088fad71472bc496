import type { Store } from '../store/store.ts'
import { CAUGHT_UP, checkpoint, confirmation, type ReadRequest, type Start } from '../wire/read-messages.ts'
import { positionOf } from '../wire/stored-event.ts'
import { consumerTooSlow, streamDeleted } from './failure.ts'
import type { EventFilter } from './filter.ts'
import type { Outbox } from './outbox.ts'
import type { Presentation } from './presentation.ts'

const PAGE = 128
const FILTERED_PAGE = 1024
/** So many events a live subscriber may be behind; while it catches up it may take any time. */
const LIVE_LAG = 32_768

/** Where a subscription takes its events from; it remembers how far it is. */
export type Source = {
  /** The next events, none when it has reached the end. */
  page(limit: number): Buffer[]
  lag(): number
}

export class AllSource implements Source {
  private readonly store: Store
  private next: number

  constructor(store: Store, request: ReadRequest) {
    this.store = store
    const { from } = request
    if (from === 'start') this.next = 1
    else this.next = (from === 'end' ? store.log.last : Math.min(from, Number.MAX_SAFE_INTEGER - 1)) + 1
  }

  page(limit: number): Buffer[] {
    const events = this.store.log.forwards(this.next, this.store.log.last, limit)
    this.next += events.length
    return events
  }

  lag(): number {
    return this.store.log.last - this.next
  }
}

export class StreamSource implements Source {
  private readonly store: Store
  private readonly stream: string
  private next: number

  constructor(store: Store, stream: string, from: Start) {
    this.store = store
    this.stream = stream
    if (from === 'start') this.next = 0
    else this.next = (from === 'end' ? store.streams.last(stream) : Math.min(from, Number.MAX_SAFE_INTEGER - 1)) + 1
  }

  page(limit: number): Buffer[] {
    const view = this.store.streams.view(this.stream)
    if (view.kind === 'deleted') throw streamDeleted(this.stream)
    if (view.kind === 'not-found') return []
    const first = Math.max(this.next, view.first)
    if (first > view.last) return []
    const events = this.store.streams.events(view.stream, first, Math.min(view.last, first + limit - 1))
    this.next = first + events.length
    return events
  }

  lag(): number {
    return this.store.streams.last(this.stream) - this.next
  }
}

type Parts = {
  id: string
  source: Source
  filter: { accepts: EventFilter; interval: number } | undefined
  present: Presentation
  outbox: Outbox
}

/**
 * A subscription pulls: it reads the log at its receiver's pace, and has nothing in memory but the page that it is
 * sending. New events only wake it. So there is no live buffer; a live subscriber that falls too far behind is told so.
 */
export class Subscription {
  private readonly parts: Parts
  private live = false
  private news = false
  private woken: (() => void) | undefined
  private considered = 0

  constructor(parts: Parts) {
    this.parts = parts
    parts.outbox.onClose(() => this.wake())
  }

  async run(): Promise<void> {
    const { id, source, filter, outbox } = this.parts
    await outbox.send(confirmation(id))
    while (!outbox.closed) {
      this.news = false
      const page = source.page(filter ? FILTERED_PAGE : PAGE)
      if (page.length > 0) await this.sendPage(page)
      else await this.rest()
    }
  }

  /** Something was committed, or the call is over. */
  wake(): void {
    const { source, outbox } = this.parts
    if (this.live && !outbox.closed && source.lag() > LIVE_LAG) outbox.fail(consumerTooSlow())
    this.news = true
    const woken = this.woken
    this.woken = undefined
    woken?.()
  }

  private async sendPage(page: Buffer[]): Promise<void> {
    const { filter, present, outbox } = this.parts
    for (const event of page) {
      if (outbox.closed) return
      if (!filter || filter.accepts(event)) {
        const full = outbox.send(present(event))
        if (full) await full
      }
      if (filter && ++this.considered % filter.interval === 0) await outbox.send(checkpoint(positionOf(event)))
    }
    // A page of which nothing was sent has waited for nothing: let others have their turn.
    if (filter) await new Promise((resolve) => setImmediate(resolve))
  }

  private async rest(): Promise<void> {
    const { outbox } = this.parts
    if (!this.live) {
      this.live = true
      await outbox.send(CAUGHT_UP)
    }
    if (this.news || outbox.closed) return
    await new Promise<void>((resolve) => {
      this.woken = resolve
    })
  }
}
