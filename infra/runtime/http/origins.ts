/**
 * Whether a page of this origin may show a widget or channel. An empty list lets all in; so does a request without `Origin`, which no
 * browser page makes across sites. Compared as browsers write origins: lower case, without a default port.
 */
export function originAllowed(allowed: readonly string[], origin: string | undefined): boolean {
  if (allowed.length === 0 || origin === undefined) return true
  const shown = normal(origin)
  return allowed.some((one) => normal(one) === shown)
}

function normal(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : origin.toLowerCase()
}
