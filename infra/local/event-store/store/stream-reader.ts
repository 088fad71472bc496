import { readContent } from '../wire/stored-event.ts'
import type { CommittedMetadata } from './committed-metadata.ts'
import { type EventLog, PAGE_BYTES } from './event-log.ts'
import { isMetastream, isSoftDeleted, originalOf, type StreamMetadata } from './stream-metadata.ts'
import type { Streams } from './streams.ts'

/** What of a stream can be read: revisions `first` to `last`; `first` > `last` when nothing can. */
export type Visible = { kind: 'visible'; stream: string; first: number; last: number }
export type StreamView = Visible | { kind: 'not-found' } | { kind: 'deleted' }

/** Reads streams by revision, and hides what `$maxAge`, `$maxCount` and `$tb` say is gone. */
export class StreamReader {
  private readonly streams: Streams
  private readonly metadata: CommittedMetadata
  private readonly log: EventLog

  constructor(streams: Streams, metadata: CommittedMetadata, log: EventLog) {
    this.streams = streams
    this.metadata = metadata
    this.log = log
  }

  view(stream: string): StreamView {
    const head = this.streams.head(stream)
    if (head.tombstoned) return { kind: 'deleted' }
    if (isMetastream(stream) && this.streams.head(originalOf(stream)).tombstoned) return { kind: 'deleted' }
    const retention = this.metadata.retention(stream)
    if (head.last < 0 || isSoftDeleted(retention)) return { kind: 'not-found' }
    return { kind: 'visible', stream, first: this.firstVisible(stream, head.last, retention), last: head.last }
  }

  /** The last revision that was ever written, -1 for none. */
  last(stream: string): number {
    return this.streams.head(stream).last
  }

  /** Events of consecutive revisions, in the direction from `first` to `last`; fewer when they fill a page. */
  events(stream: string, first: number, last: number): Buffer[] {
    const events: Buffer[] = []
    let bytes = 0
    for (const position of this.streams.positions(stream, first, last)) {
      const event = this.log.at(position)
      if (!event) continue
      events.push(event)
      bytes += event.length
      if (bytes >= PAGE_BYTES) break
    }
    return events
  }

  event(stream: string, revision: number): Buffer | undefined {
    const view = this.view(stream)
    if (view.kind !== 'visible' || revision < view.first) return undefined
    return this.events(stream, revision, revision)[0]
  }

  private firstVisible(stream: string, last: number, retention: StreamMetadata): number {
    const { maxAge, maxCount, truncateBefore } = retention
    const first = Math.max(0, truncateBefore ?? 0, maxCount === undefined ? 0 : last - maxCount + 1)
    return maxAge === undefined ? first : this.firstSince(stream, { from: first, last }, Date.now() - maxAge * 1000)
  }

  /** Events stand in the order of their creation, so the first young enough is found by halving. */
  private firstSince(stream: string, { from, last }: { from: number; last: number }, since: number): number {
    let low = from
    let high = last + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const [event] = this.events(stream, middle, middle)
      if (event && readContent(event).created >= since) high = middle
      else low = middle + 1
    }
    return low
  }
}
