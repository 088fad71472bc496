import type { IncomingHttpHeaders } from 'node:http'
import { parseCookie, stringifySetCookie } from 'cookie'
import { longestDays } from './cookie-sessions.ts'

/** The name that document C gives it. */
const name = 'session'

/** Its attributes; `secure` where browsers come by https. */
export interface SessionCookie {
  /** `Set-Cookie` that logs in. How long the session lasts is for us to say; the browser keeps it for as long as it can last. */
  set(token: string): string
  /** `Set-Cookie` that clears it. */
  clear(): string
}

export function createSessionCookie({ secure }: { secure: boolean }): SessionCookie {
  const attributes = { name, path: '/', httpOnly: true, sameSite: 'lax', secure } as const
  return {
    set: (value) => stringifySetCookie({ ...attributes, value, maxAge: longestDays * 86_400 }),
    clear: () => stringifySetCookie({ ...attributes, value: '', maxAge: 0 }),
  }
}

/** The session that a request shows by its cookie. */
export function sessionTokenOf({ cookie }: IncomingHttpHeaders): string | undefined {
  return cookie === undefined ? undefined : parseCookie(cookie)[name] || undefined
}
