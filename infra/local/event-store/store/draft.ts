import { randomUUID } from 'node:crypto'
import { encodeEvent, type ProposedEvent, readHeader } from '../wire/stored-event.ts'
import type { CommittedMetadata } from './committed-metadata.ts'
import type { EventLog } from './event-log.ts'
import type { EventPlace, RecentIds } from './recent-ids.ts'
import { isMetastream, metastreamOf, originalOf, parseMetadata, type StreamMetadata } from './stream-metadata.ts'
import type { StreamHead, Streams } from './streams.ts'

/** The revision that a tombstone shows. */
export const TOMBSTONE_REVISION = 2n ** 63n - 1n

export type Committed = { streams: Streams; log: EventLog; metadata: CommittedMetadata; recentIds: RecentIds }
export type DraftedEvent = {
  stream: string
  revision: number
  position: number
  id: string
  bytes: Buffer
}

/**
 * What one flush is going to write, on top of what is committed. Requests of the flush are decided one after the other
 * against it; when the flush fails it is thrown away and nothing has happened.
 */
export class Draft {
  readonly events: DraftedEvent[] = []
  readonly heads = new Map<string, StreamHead>()
  nextPosition: number
  private readonly places = new Map<string, EventPlace>()
  private readonly metadata = new Map<string, Uint8Array>()
  private readonly committed: Committed
  private readonly created = (BigInt(Date.now()) * 10_000n).toString()

  constructor(committed: Committed, nextPosition: number) {
    this.committed = committed
    this.nextPosition = nextPosition
  }

  head(stream: string): StreamHead {
    const head = this.heads.get(stream) ?? this.committed.streams.head(stream)
    // A metastream dies with its stream.
    if (!head.tombstoned && isMetastream(stream) && this.head(originalOf(stream)).tombstoned) {
      return { ...head, tombstoned: true }
    }
    return head
  }

  recent(id: string): EventPlace | undefined {
    return this.places.get(id) ?? this.committed.recentIds.get(id)
  }

  /** The id and position of a stream's event, drafted or committed. */
  eventAt(stream: string, revision: number): { id: string; position: number } | undefined {
    const committed = this.committed.streams.head(stream)
    if (revision > committed.last) return this.events.find((e) => e.stream === stream && e.revision === revision)
    const position = this.committed.streams.position(stream, revision)
    const stored = position === undefined ? undefined : this.committed.log.at(position)
    return stored && position !== undefined ? { id: readHeader(stored).id, position } : undefined
  }

  metadataOf(stream: string): StreamMetadata {
    const drafted = this.metadata.get(metastreamOf(stream))
    return drafted ? parseMetadata(drafted) : this.committed.metadata.of(stream)
  }

  /** The data of the metastream's last event. */
  metadataJson(stream: string): Uint8Array | undefined {
    return this.metadata.get(metastreamOf(stream)) ?? this.committed.metadata.json(stream)
  }

  /** Appends one event; answers its position. */
  add(stream: string, streamName: Uint8Array, event: ProposedEvent): number {
    const before = this.head(stream)
    const revision = before.last + 1
    const position = this.nextPosition++
    const bytes = encodeEvent(event, { stream: streamName, revision, position, created: this.created })
    this.events.push({ stream, revision, position, id: event.id, bytes })
    this.heads.set(stream, { ...before, last: revision })
    this.places.set(event.id, { stream, revision, position })
    if (isMetastream(stream)) this.metadata.set(stream, event.data)
    return position
  }

  addMetadata(stream: string, json: Uint8Array): number {
    const metastream = metastreamOf(stream)
    const event = { id: randomUUID(), type: '$metadata', json: true, data: json, metadata: Buffer.alloc(0) }
    return this.add(metastream, Buffer.from(metastream), event)
  }

  /** Ends a stream for ever. The tombstone stands in the log, but is no event of the stream. */
  tombstone(stream: string): number {
    const head = { ...this.head(stream), tombstoned: true }
    const position = this.nextPosition++
    const event = {
      id: randomUUID(),
      type: '$streamDeleted',
      json: false,
      data: Buffer.alloc(0),
      metadata: Buffer.alloc(0),
    }
    const placement = { stream: Buffer.from(stream), revision: TOMBSTONE_REVISION, position, created: this.created }
    const bytes = encodeEvent(event, placement)
    this.events.push({ stream, revision: -1, position, id: event.id, bytes })
    this.heads.set(stream, head)
    return position
  }
}
