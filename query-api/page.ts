import { Rejection } from '../schemas/rejection.ts'

export interface PageQuery {
  page?: number | undefined
  limit?: number | undefined
  cursor?: string | undefined
}

/** What part of a list is asked for: from an offset, or after a place in it. */
export interface Wanted<Place> {
  page: number
  limit: number
  offset: number
  after: Place | undefined
}

/** Beyond this, pages would be counted through; a cursor goes there at once. */
const deepest = 10_000

/** Throws Rejection('validation') for a page that is too deep, or a cursor that is not one of ours. */
export function wantedOf<Place>(
  { page = 1, limit, cursor }: PageQuery,
  defaultLimit: number,
  placeOf: (parts: readonly unknown[]) => Place | undefined,
): Wanted<Place> {
  const size = limit ?? defaultLimit
  if (cursor !== undefined) {
    const after = placeOf(partsOf(cursor))
    if (after === undefined) throw wrong('cursor', 'cursor must be the nextCursor of a page of this list')
    return { page, limit: size, offset: 0, after }
  }
  if (page * size > deepest) {
    throw wrong('page', `page must not reach beyond the first ${deepest} results; go on with cursor, from nextCursor`)
  }
  return { page, limit: size, offset: (page - 1) * size, after: undefined }
}

/** Cuts the one row more that was read, and says where the next page begins. */
export function pageOf<R, T>(
  rows: readonly R[],
  total: number,
  { page, limit }: Wanted<unknown>,
  place: (row: R) => readonly (string | number)[],
  resource: (row: R) => T,
): { data: T[]; total: number; page: number; limit: number; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? cursorOf(place(last)) : null
  return { data: shown.map(resource), total, page, limit, nextCursor }
}

/** The cursor that names a place. */
export function cursorOf(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch (cause) {
    throw Object.assign(wrong('cursor', 'cursor must be the nextCursor of a page of this list'), { cause })
  }
}

function wrong(path: string, message: string): Rejection {
  return new Rejection('validation', message, [{ path, message }])
}
