import { Rejection } from '../../../schemas/rejection.ts'

/** The media type alone, in lower case: `text/csv; charset=utf-8` is `text/csv`. Empty where there is none. */
export function essenceOf(type: string | undefined): string {
  return (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

const charset = /; *charset *= *"?([^";\s]+)/i

/** Throws Rejection('unsupported-media-type') for a body in another encoding than UTF-8. */
export function demandUtf8(type: string): void {
  const named = charset.exec(type)?.[1]?.toLowerCase() ?? 'utf-8'
  if (named !== 'utf-8' && named !== 'utf8') throw unsupported('The body must be encoded in UTF-8')
}

/** Throws Rejection('unsupported-media-type') for a compressed body. */
export function demandUncompressed(encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity') throw unsupported('The body must not be compressed')
}

export function unsupported(detail: string): Rejection {
  return new Rejection('unsupported-media-type', detail)
}
