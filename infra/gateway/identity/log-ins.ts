import type { Database } from '../../runtime/postgres.ts'
import { hashOf } from './secret.ts'

/** The session with which somebody changes a password, and which goes on: the family of an access token, or a cookie. */
export interface OwnSession {
  family?: string | undefined
  cookie?: string | undefined
}

/** Ends all that a person is logged in by, and the links with which a password could be set, but for one session. */
export async function endLogins(on: Database, userId: string, { family, cookie }: OwnSession = {}): Promise<void> {
  const tokens = on('identity.refresh_tokens').where({ user_id: userId })
  await (family === undefined ? tokens : tokens.whereNot({ family })).delete()
  const sessions = on('identity.sessions').where({ user_id: userId })
  await (cookie === undefined ? sessions : sessions.whereNot({ token_hash: hashOf(cookie) })).delete()
  const links = on('identity.password_links').where({ user_id: userId, used_at: null })
  await links.update({ used_at: on.fn.now() })
}
