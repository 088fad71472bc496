import { v4 as uuid } from 'uuid'
import type { Role } from '../../../schemas/agent/events.ts'
import type { Person } from '../../../schemas/identity/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Database } from '../../runtime/postgres.ts'
import { endLogins, type OwnSession } from './log-ins.ts'
import { hashPassword, passwordMatches } from './passwords.ts'

export interface NewUser {
  id?: string | undefined
  workspaceId: string
  email: string
  name: string
  role: Role
  /** Without one nobody can log in, until a link sets it. */
  password?: string | undefined
}

/** The people who may log in. Their place in the workspace is the log's (`AgentAdded`); here are only their credentials. */
export interface Users {
  /** Throws Rejection('already-exists') when the address has a user. */
  create(user: NewUser): Promise<Person>
  find(id: string): Promise<Person | undefined>
  findByEmail(email: string): Promise<Person | undefined>
  /** The user whose password this is; undefined for a wrong password and an unknown address alike, after the same time. */
  authenticate(email: string, password: string): Promise<Person | undefined>
  /** Ends all sessions and links of the user, but for the session named. False when there is no such user. */
  setPassword(id: string, password: string, own?: OwnSession): Promise<boolean>
  /** For one who comes back: another name and role, and nothing left of the log-ins and the password of before. */
  readmit(id: string, as: Pick<NewUser, 'name' | 'role'>): Promise<void>
  /** Gives the address free, with all that was the user's. */
  remove(id: string): Promise<void>
  /** The workspaces that have users. */
  workspaces(): Promise<string[]>
}

interface Row {
  id: string
  workspace_id: string
  email: string
  name: string
  role: Role
  password_hash: string | null
}

const uniqueViolation = '23505'

export function createUsers(database: Database): Users {
  const rows = (on: Database = database) => on<Row>('identity.users')
  const one = async (where: Partial<Row>) => (await rows().where(where).limit(1))[0]

  return {
    async create({ id = uuid(), workspaceId, email, name, role, password }) {
      const user = { id, workspaceId, email: email.toLowerCase(), name, role }
      const password_hash = password === undefined ? null : await hashPassword(password)
      try {
        await rows().insert({ id, workspace_id: workspaceId, email: user.email, name, role, password_hash })
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        throw new Rejection('already-exists', `There is a user with the address ${user.email} already`)
      }
      return user
    },
    async find(id) {
      return userOf(await one({ id }))
    },
    async findByEmail(email) {
      return userOf(await one({ email: email.toLowerCase() }))
    },
    async authenticate(email, password) {
      const row = await one({ email: email.toLowerCase() })
      return (await passwordMatches(password, row?.password_hash ?? undefined)) ? userOf(row) : undefined
    },
    async setPassword(id, password, own = {}) {
      const hash = await hashPassword(password)
      return database.transaction(async (transaction) => {
        const changed = await rows(transaction).where({ id }).update({ password_hash: hash })
        await endLogins(transaction, id, own)
        return changed > 0
      })
    },
    readmit: (id, { name, role }) =>
      database.transaction(async (transaction) => {
        await rows(transaction).where({ id }).update({ name, role, password_hash: null })
        await endLogins(transaction, id)
      }),
    remove: (id) =>
      database.transaction(async (transaction) => {
        await endLogins(transaction, id)
        await rows(transaction).where({ id }).delete()
      }),
    async workspaces() {
      const found = await rows().distinct('workspace_id')
      return found.map(({ workspace_id }) => workspace_id)
    },
  }
}

function userOf(row: Row | undefined): Person | undefined {
  if (row === undefined) return undefined
  const { id, workspace_id: workspaceId, email, name, role } = row
  return { id, workspaceId, email, name, role }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation
}
