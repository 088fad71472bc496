import type { ExpectedRevision } from '../wire/append-messages.ts'
import type { ProposedEvent } from '../wire/stored-event.ts'
import type { Draft } from './draft.ts'
import {
  isMetastream,
  isSoftDeleted,
  metastreamOf,
  originalOf,
  SOFT_DELETED_JSON,
  undeletedJson,
} from './stream-metadata.ts'

type Target = { stream: string; expected: ExpectedRevision }
export type Write =
  | (Target & { kind: 'append'; streamName: Uint8Array; events: ProposedEvent[]; deadline: number | undefined })
  | (Target & { kind: 'delete' | 'tombstone' })

export type Outcome =
  /** `revision` is the last event's (-1: the stream has none); without events there is no position. */
  | { kind: 'done'; revision: number; position: number | undefined }
  | { kind: 'wrong-version'; current: number }
  | { kind: 'deleted' }
  | { kind: 'timeout' }
  /** Nothing was stored. */
  | { kind: 'failed'; message: string }

/**
 * Decides one write against a draft, and drafts what it writes. The rules, idempotency included, are EventStoreDB's
 * (`IndexWriter.CheckCommit` and `StorageWriterService` of 23.10).
 */
export function decide(draft: Draft, write: Write): Outcome {
  if (write.kind !== 'append') return decideDelete(draft, write)
  if (write.deadline !== undefined && Date.now() >= write.deadline) return { kind: 'timeout' }
  const check = checkVersion(draft, write, write.events)
  return check === 'write' ? append(draft, write.streamName, write) : check
}

function decideDelete(draft: Draft, write: Target & { kind: 'delete' | 'tombstone' }): Outcome {
  const check = checkVersion(draft, write, undefined)
  if (check !== 'write') return check
  const revision = draft.head(write.stream).last
  const position =
    write.kind === 'tombstone' ? draft.tombstone(write.stream) : draft.addMetadata(write.stream, SOFT_DELETED_JSON)
  return { kind: 'done', revision, position }
}

function append(draft: Draft, streamName: Uint8Array, write: Target & { events: ProposedEvent[] }): Outcome {
  const { stream, events } = write
  const before = draft.head(stream).last
  if (events.length === 0) return { kind: 'done', revision: before, position: undefined }
  const original = isMetastream(stream) ? originalOf(stream) : undefined
  const revives = isSoftDeleted(draft.metadataOf(stream))
  const revivesOriginal = original !== undefined && isSoftDeleted(draft.metadataOf(original))
  let position: number | undefined
  for (const event of events) position = draft.add(stream, streamName, event)
  if (revives) revive(draft, stream, before + 1)
  if (revivesOriginal) revive(draft, original, draft.head(original).last + 1)
  return { kind: 'done', revision: before + events.length, position }
}

function revive(draft: Draft, stream: string, firstVisible: number): void {
  const json = draft.metadataJson(stream)
  if (json) draft.addMetadata(stream, undeletedJson(json, firstVisible))
}

/** `events` is undefined for a deletion, which is never a repetition of another. */
function checkVersion(draft: Draft, target: Target, events: ProposedEvent[] | undefined): Outcome | 'write' {
  const { stream, expected } = target
  const head = draft.head(stream)
  if (head.tombstoned) return { kind: 'deleted' }
  const wrong: Outcome = { kind: 'wrong-version', current: head.last }
  if (expected === 'stream_exists') {
    if (isSoftDeleted(draft.metadataOf(stream))) return { kind: 'deleted' }
    if (head.last < 0 && draft.head(metastreamOf(stream)).last < 0) return wrong
  }
  if (expected === 'any' || expected === 'stream_exists') return checkRecent(draft, stream, events ?? []) ?? wrong
  const revision = expected === 'no_stream' ? -1 : Number(expected)
  if (revision === head.last) return 'write'
  if (revision > head.last) return wrong
  const repeated = events && repetition(draft, stream, revision, events)
  if (repeated) return repeated
  const startsAfresh = revision === -1 && isSoftDeleted(draft.metadataOf(stream))
  const begunBefore = events?.[0] !== undefined && draft.eventAt(stream, 0)?.id === events[0].id
  return startsAfresh && !begunBefore ? 'write' : wrong
}

/** With no exact revision, only recently written ids tell a repetition; undefined: some of them were, some were not. */
function checkRecent(draft: Draft, stream: string, events: ProposedEvent[]): Outcome | 'write' | undefined {
  let last: { revision: number; position: number } | undefined
  for (const [i, event] of events.entries()) {
    const place = draft.recent(event.id)
    if (!place || place.stream !== stream) return i === 0 ? 'write' : undefined
    last = place
  }
  return last ? { kind: 'done', revision: last.revision, position: last.position } : 'write'
}

/** The outcome of the first try, when exactly these events stand behind `revision`. */
function repetition(draft: Draft, stream: string, revision: number, events: ProposedEvent[]): Outcome | undefined {
  let position: number | undefined
  for (const [i, event] of events.entries()) {
    const stored = draft.eventAt(stream, revision + 1 + i)
    if (stored?.id !== event.id) return undefined
    position = stored.position
  }
  return position === undefined ? undefined : { kind: 'done', revision: revision + events.length, position }
}
