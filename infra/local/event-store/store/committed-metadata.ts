import { LRUCache } from 'lru-cache'
import { readContent } from '../wire/stored-event.ts'
import type { EventLog } from './event-log.ts'
import {
  isMetastream,
  METASTREAM_METADATA,
  metastreamOf,
  NO_METADATA,
  parseMetadata,
  type StreamMetadata,
} from './stream-metadata.ts'
import type { Streams } from './streams.ts'

const CACHED = 20_000

/** The metadata of streams, as their metastreams' last events have it. */
export class CommittedMetadata {
  private readonly cache = new LRUCache<string, StreamMetadata>({ max: CACHED })
  private readonly streams: Streams
  private readonly log: EventLog

  constructor(streams: Streams, log: EventLog) {
    this.streams = streams
    this.log = log
  }

  of(stream: string): StreamMetadata {
    const cached = this.cache.get(stream)
    if (cached) return cached
    const json = this.json(stream)
    if (!json) return NO_METADATA
    const metadata = parseMetadata(json)
    this.cache.set(stream, metadata)
    return metadata
  }

  /** What decides how much of a stream its readers see. */
  retention(stream: string): StreamMetadata {
    return isMetastream(stream) ? METASTREAM_METADATA : this.of(stream)
  }

  json(stream: string): Buffer | undefined {
    const metastream = metastreamOf(stream)
    const position = this.streams.position(metastream, this.streams.head(metastream).last)
    const stored = position === undefined ? undefined : this.log.at(position)
    return stored && readContent(stored).data
  }

  /** Forgets what is out of date after a write to `stream`'s metastream. */
  changed(stream: string): void {
    this.cache.delete(stream)
  }
}
