/** What a stream's metastream says of it. Unknown and malformed entries are kept in the event and ignored here. */
export type StreamMetadata = {
  /** `$maxAge`, in seconds */
  maxAge?: number
  maxCount?: number
  /** `$tb`: revisions before it are gone */
  truncateBefore?: number
  acl?: StreamAcl
}

/** Roles that may do a thing; an absent entry means the default. */
export type StreamAcl = {
  read?: string[]
  write?: string[]
  delete?: string[]
  metaRead?: string[]
  metaWrite?: string[]
}

export const NO_METADATA: StreamMetadata = {}
/** Metastreams show their last event only. */
export const METASTREAM_METADATA: StreamMetadata = { maxCount: 1 }
/** Above every revision that a double can tell from it: 2^63 - 1 as written by a soft delete. */
const DELETED_MARK = 2 ** 62

export const SOFT_DELETED_JSON = Buffer.from('{"$tb":9223372036854775807}')

export function isMetastream(stream: string): boolean {
  return stream.startsWith('$$')
}

export function metastreamOf(stream: string): string {
  return `$$${stream}`
}

export function originalOf(metastream: string): string {
  return metastream.slice(2)
}

export function isSoftDeleted(metadata: StreamMetadata): boolean {
  return metadata.truncateBefore !== undefined && metadata.truncateBefore >= DELETED_MARK
}

export function parseMetadata(data: Uint8Array): StreamMetadata {
  const json = parseObject(data)
  return {
    ...positive('maxAge', json.$maxAge),
    ...positive('maxCount', json.$maxCount),
    ...positive('truncateBefore', json.$tb),
    ...(isObject(json.$acl) && { acl: parseAcl(json.$acl) }),
  }
}

/** The metadata with which a soft-deleted stream comes back: all as it was, and only new events visible. */
export function undeletedJson(data: Uint8Array, firstVisible: number): Buffer {
  return Buffer.from(JSON.stringify({ ...parseObject(data), $tb: firstVisible }))
}

function parseAcl(json: Record<string, unknown>): StreamAcl {
  return {
    ...roles('read', json.$r),
    ...roles('write', json.$w),
    ...roles('delete', json.$d),
    ...roles('metaRead', json.$mr),
    ...roles('metaWrite', json.$mw),
  }
}

function roles(key: keyof StreamAcl, value: unknown): StreamAcl {
  if (typeof value === 'string') return { [key]: [value] }
  if (Array.isArray(value)) return { [key]: value.filter((role) => typeof role === 'string') }
  return {}
}

function positive(key: 'maxAge' | 'maxCount' | 'truncateBefore', value: unknown): StreamMetadata {
  return typeof value === 'number' && value > 0 ? { [key]: value } : {}
}

function parseObject(data: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
    return isObject(json) ? json : {}
  } catch (error) {
    // Anybody may write anything into a metastream; what is no JSON says nothing.
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
