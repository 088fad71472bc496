/** What a browser shows and cannot be made to run. */
const shown =
  /^(image\/(png|jpeg|gif|webp|avif|apng|bmp|x-icon)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf|text\/plain)$/

/** What a browser runs, or applies to a page, when it is led to it. */
const active =
  /^(text\/(html|xml|css|javascript|ecmascript)|application\/(xml|(x-)?javascript|ecmascript|x-shockwave-flash)|.*\+xml)$/

export type Disposition = 'inline' | 'attachment'

/** As what a file is served whose content is of a media type. Whoever uploads files must not run anything in a reader's browser. */
export function servedAs(mimeType: string, wanted: Disposition): { type: string; disposition: Disposition } {
  if (active.test(mimeType)) return { type: 'application/octet-stream', disposition: 'attachment' }
  const type = mimeType === 'text/plain' ? 'text/plain; charset=utf-8' : mimeType
  return { type, disposition: shown.test(mimeType) ? wanted : 'attachment' }
}

/** Beside the type itself: no guessing at another, no script, no form, no frame. */
export const fileHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy':
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
}

/** The header of RFC 6266, with the name in the form of RFC 8187, and for old readers in plain ASCII. */
export function contentDisposition(disposition: Disposition, filename: string): string {
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${disposition}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
