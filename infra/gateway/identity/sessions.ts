import { v4 as uuid } from 'uuid'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Database } from '../../runtime/postgres.ts'
import { hashOf, newSecret } from './secret.ts'

export interface Opened {
  userId: string
  /** The session: all refresh tokens that descend from one log-in. */
  family: string
  refreshToken: string
}

/** Log-ins, as families of refresh tokens of which each works once. */
export interface Sessions {
  open(userId: string): Promise<Opened>
  /**
   * Trades a refresh token for the next. A token that was used before has been stolen, from us or from its owner: the whole family
   * ends. Throws Rejection('invalid-grant').
   */
  rotate(refreshToken: string): Promise<Opened>
  /** Whose it is, without using it. */
  ownerOf(refreshToken: string): Promise<string | undefined>
  /** Ends this session of the person, all, or all but this one. An access token that was issued for it runs out by itself. */
  end(userId: string, family: string | undefined, scope: 'local' | 'global' | 'others'): Promise<void>
}

const lifetimeDays = 30

interface Row {
  token_hash: Buffer
  family: string
  user_id: string
  expires_at: Date
  used_at: Date | null
  revoked_at: Date | null
}

export function createSessions(database: Database, now: () => number = Date.now): Sessions {
  const table = 'identity.refresh_tokens'

  const issue = async (on: Database, userId: string, family: string): Promise<Opened> => {
    const refreshToken = newSecret()
    const expiresAt = new Date(now() + lifetimeDays * 86_400_000)
    const row = { token_hash: hashOf(refreshToken), family, user_id: userId, expires_at: expiresAt }
    await on<Row>(table).insert(row)
    return { userId, family, refreshToken }
  }

  return {
    async open(userId) {
      // What has expired is of no use to anybody; a log-in is rare enough to clear it away.
      await database<Row>(table).where({ user_id: userId }).where('expires_at', '<', new Date(now())).delete()
      return issue(database, userId, uuid())
    },
    async rotate(refreshToken) {
      const next = await database.transaction(async (transaction) => {
        const where = { token_hash: hashOf(refreshToken) }
        const row = (await transaction<Row>(table).where(where).forUpdate())[0]
        if (row === undefined || row.revoked_at !== null || row.expires_at.getTime() <= now()) return undefined
        if (row.used_at !== null) {
          await transaction<Row>(table)
            .where({ family: row.family })
            .update({ revoked_at: new Date(now()) })
          return undefined
        }
        await transaction<Row>(table)
          .where(where)
          .update({ used_at: new Date(now()) })
        return issue(transaction, row.user_id, row.family)
      })
      if (next === undefined) throw new Rejection('invalid-grant', 'The refresh token is invalid, expired or used')
      return next
    },
    async ownerOf(refreshToken) {
      const where = { token_hash: hashOf(refreshToken) }
      return (await database<Row>(table).where(where).limit(1))[0]?.user_id
    },
    async end(userId, family, scope) {
      const all = database<Row>(table).where({ user_id: userId })
      if (scope === 'global') await all.delete()
      else if (family === undefined) return
      else await (scope === 'local' ? all.where({ family }) : all.whereNot({ family })).delete()
    },
  }
}
