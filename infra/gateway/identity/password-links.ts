import type { PasswordLink } from '../../../schemas/agent/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Database } from '../../runtime/postgres.ts'
import { endLogins } from './log-ins.ts'
import { hashPassword } from './passwords.ts'
import { hashOf, newSecret } from './secret.ts'

/** Links with which a person sets a password, once. Whoever has one is taken for the person, so that only hashes are stored. */
export interface PasswordLinks {
  /**
   * A link in the place of those that the user had before. With a secret of the caller's own, the same at every try, whatever has
   * become of it since.
   */
  issue(userId: string, days: number, secret?: string): Promise<PasswordLink>
  /** Whose link it is, used or not. */
  ownerOf(secret: string): Promise<string | undefined>
  /** Sets the password; gives the user. Throws Rejection('invalid-link') for a link that was used, has expired or never was. */
  use(secret: string, password: string): Promise<string>
}

/** For one who has an account; and for one who is to get one. */
export const linkDays = 1
export const invitationDays = 7

interface Row {
  token_hash: Buffer
  user_id: string
  created_at: Date
  expires_at: Date
  used_at: Date | null
}

export function createPasswordLinks(
  database: Database,
  { publicUrl, now = Date.now }: { publicUrl: string; now?: () => number },
): PasswordLinks {
  const table = 'identity.password_links'
  const page = `${publicUrl.replace(/\/$/, '')}/set-password`
  const stored = async (secret: string) => (await database<Row>(table).where({ token_hash: hashOf(secret) }))[0]
  /** The token stands behind `#`, which browsers send to nobody: no log of a server has it, and no Referer. */
  const linkOf = (token: string, expiresAt: Date) => ({
    token,
    url: `${page}#token=${token}`,
    expiresAt: expiresAt.toISOString(),
  })

  return {
    async issue(userId, days, secret = newSecret()) {
      const made = await stored(secret)
      if (made !== undefined) return linkOf(secret, made.expires_at)
      const expiresAt = new Date(now() + days * 86_400_000)
      await database.transaction(async (transaction) => {
        await transaction<Row>(table)
          .where({ user_id: userId, used_at: null })
          .update({ used_at: new Date(now()) })
        await transaction<Row>(table)
          .insert({ token_hash: hashOf(secret), user_id: userId, expires_at: expiresAt })
          .onConflict('token_hash')
          .ignore()
      })
      return linkOf(secret, expiresAt)
    },
    async ownerOf(secret) {
      return (await stored(secret))?.user_id
    },
    async use(secret, password) {
      const usable = (on: Database) =>
        on<Row>(table)
          .where({ token_hash: hashOf(secret), used_at: null })
          .where('expires_at', '>', new Date(now()))
      // Looked at before the password is hashed, which is dear.
      if ((await usable(database).limit(1)).length === 0) throw invalidLink()
      const password_hash = await hashPassword(password)
      return database.transaction(async (transaction) => {
        // Of two who use it at once, one gets it.
        const [taken] = await usable(transaction)
          .update({ used_at: new Date(now()) })
          .returning('user_id')
        if (taken === undefined) throw invalidLink()
        await transaction('identity.users').where({ id: taken.user_id }).update({ password_hash })
        await endLogins(transaction, taken.user_id)
        return taken.user_id
      })
    },
  }
}

function invalidLink(): Rejection {
  return new Rejection('invalid-link', 'This link was used before, has expired, or is none: ask for another one')
}
