import { hash } from 'node:crypto'
import { canonical } from './canonical.ts'

/** What the hash of an event covers, beside the hash of the event before it. */
export interface Link {
  id: string
  type: string
  /** Canonical JSON of the data as it is stored, sealed fields and all. */
  data: string
  /** Canonical JSON of the metadata without `hash`; `prev` stands in it. */
  metadata: string
}

/**
 * The hash of an event: SHA-256, in hex, over the hash of the event before it in the stream (empty for the first) and the canonical
 * JSON of `{data, id, metadata, type}`.
 */
export function chainHash(prev: string, { id, type, data, metadata }: Link): string {
  return hash(
    'sha256',
    `${prev}{"data":${data},"id":${JSON.stringify(id)},"metadata":${metadata},"type":${JSON.stringify(type)}}`,
  )
}

/** An event as it lies in the log, in its very bytes. */
export interface StoredText {
  id: string
  type: string
  data: string
  metadata: string
}

export type LinkCheck =
  | { intact: true; prev: string; hash: string }
  /** With the hash that is stored, where one can be read: the next event may still name it. */
  | { intact: false; reason: string; hash?: string }

/**
 * Whether a stored event is what was written, byte for byte: events are stored in canonical form, so that any other form of the same
 * JSON is an alteration too.
 */
export function checkLink({ id, type, data, metadata }: StoredText): LinkCheck {
  const envelope = parseObject(metadata)
  if (envelope === undefined) return { intact: false, reason: 'its metadata is no readable JSON' }
  const { hash: stored, ...rest } = envelope
  const { prev } = rest
  if (typeof stored !== 'string' || typeof prev !== 'string') {
    return { intact: false, reason: 'its metadata has no prev and hash' }
  }
  if (parseObject(data) === undefined) return { intact: false, reason: 'its data is no readable JSON', hash: stored }
  const unhashed = canonical(rest)
  if (chainHash(prev, { id, type, data, metadata: unhashed }) !== stored) {
    return { intact: false, reason: 'its hash does not match its content', hash: stored }
  }
  if (canonical(envelope) !== metadata) {
    return { intact: false, reason: 'its metadata is not in the form in which it was written', hash: stored }
  }
  return { intact: true, prev, hash: stored }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
