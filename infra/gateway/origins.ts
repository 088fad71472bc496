import type { Config } from '../runtime/config.ts'

/** Which pages a browser may use its cookie from. */
export interface Origins {
  /** Whether CORS_ORIGINS names this origin; `*` names nobody. */
  listed(origin: string): boolean
  /** Whether a page of this origin is one of ours: of the host that it calls, of PUBLIC_URL, or listed. */
  trusted(origin: string, host: string | undefined): boolean
}

export function createOrigins({ corsOrigins, publicUrl }: Pick<Config, 'corsOrigins' | 'publicUrl'>): Origins {
  const named = new Set(corsOrigins.filter((origin) => origin !== '*'))
  const own = new URL(publicUrl).host
  const listed = (origin: string) => named.has(origin)
  return {
    listed,
    trusted(origin, host) {
      if (listed(origin)) return true
      // `null`, which sandboxed pages send, is no address.
      const from = URL.canParse(origin) ? new URL(origin).host : ''
      return from !== '' && (from === own || from === host?.toLowerCase())
    },
  }
}
