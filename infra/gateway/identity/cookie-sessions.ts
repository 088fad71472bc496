import type { Role } from '../../../schemas/agent/events.ts'
import type { Caller } from '../../../schemas/caller.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Database } from '../../runtime/postgres.ts'
import { createLookups } from './lookups.ts'
import { hashOf, newSecret } from './secret.ts'

type AgentCaller = Extract<Caller, { kind: 'agent' }>
export type SessionOwner = Pick<AgentCaller, 'id' | 'workspaceId' | 'role' | 'email'>

/** Log-ins by cookie: opaque tokens, of which hashes are stored. */
export interface CookieSessions {
  open(owner: SessionOwner): Promise<string>
  /** As of the log-in, with when the session ends at the latest; undefined when it is unknown, expired or ended. */
  callerOf(token: string): Promise<AgentCaller | undefined>
  /** Holds elsewhere within `keptMs`, here at once. */
  end(token: string): Promise<void>
  /** The same, for all sessions of a person but one. */
  endAllOf(userId: string, but?: string): Promise<void>
  /** To be called when rows were changed by somebody else of this process. */
  forget(): void
}

export const idleDays = 7
export const longestDays = 30
const dayMs = 86_400_000
/** A session that is used is prolonged once an hour at most. */
const prolongedMs = 3_600_000
const shape = /^[A-Za-z0-9_-]{43}$/

interface Row {
  token_hash: Buffer
  user_id: string
  workspace_id: string
  email: string
  role: Role
  created_at: Date
  expires_at: Date
}

export function createCookieSessions(
  database: Database,
  logger: Logger,
  { keptMs = 5000, now = Date.now }: { keptMs?: number; now?: () => number } = {},
): CookieSessions {
  const rows = () => database<Row>('identity.sessions')
  const known = createLookups<AgentCaller>(keptMs)

  /** Sliding: seven days from now, but not beyond the thirtieth. */
  const expiryOf = (createdAt: number) => new Date(Math.min(now() + idleDays * dayMs, createdAt + longestDays * dayMs))

  const prolong = ({ token_hash, created_at, expires_at }: Row) => {
    const next = expiryOf(created_at.getTime())
    if (next.getTime() - expires_at.getTime() < prolongedMs) return
    rows()
      .where({ token_hash })
      .update({ expires_at: next })
      .catch((error: unknown) => logger.warn({ error }, 'a session could not be prolonged'))
  }

  const look = async (hash: Buffer): Promise<AgentCaller | undefined> => {
    const row = (await rows().where({ token_hash: hash }).limit(1))[0]
    if (row === undefined || row.expires_at.getTime() <= now()) return undefined
    prolong(row)
    const { user_id: id, workspace_id: workspaceId, role, email, created_at } = row
    const expiresAt = Math.floor(created_at.getTime() / 1000) + longestDays * 86_400
    return { kind: 'agent', id, workspaceId, role, email, expiresAt }
  }

  const end = async (ended: ReturnType<typeof rows>): Promise<void> => {
    await ended.delete()
    known.clear()
  }

  return {
    async open({ id, workspaceId, email, role }) {
      await rows().where('expires_at', '<', new Date(now())).where({ user_id: id }).delete()
      const token = newSecret()
      const created_at = new Date(now())
      const expires_at = expiryOf(created_at.getTime())
      const owner = { user_id: id, workspace_id: workspaceId, email, role }
      await rows().insert({ token_hash: hashOf(token), ...owner, created_at, expires_at })
      return token
    },
    async callerOf(token) {
      if (!shape.test(token)) return undefined
      const hash = hashOf(token)
      return known.get(hash.toString('base64'), () => look(hash))
    },
    end: (token) => end(rows().where({ token_hash: hashOf(token) })),
    endAllOf(userId, but) {
      const all = rows().where({ user_id: userId })
      return end(but === undefined ? all : all.whereNot({ token_hash: hashOf(but) }))
    },
    forget: () => known.clear(),
  }
}
