import { v4 as uuid } from 'uuid'
import type { Role } from '../../../schemas/agent/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Database } from '../../runtime/postgres.ts'
import { hashPassword, passwordMatches } from './passwords.ts'

export interface User {
  id: string
  workspaceId: string
  email: string
  name: string
  role: Role
}

export interface NewUser {
  id?: string | undefined
  workspaceId: string
  email: string
  name: string
  role: Role
  password: string
}

/** The people who may log in. Their place in the workspace is the log's (`AgentAdded`); here are only their credentials. */
export interface Users {
  /** Throws Rejection('already-exists') when the address has a user. */
  create(user: NewUser): Promise<User>
  find(id: string): Promise<User | undefined>
  findByEmail(email: string): Promise<User | undefined>
  /** The user whose password this is; undefined for a wrong password and an unknown address alike, after the same time. */
  authenticate(email: string, password: string): Promise<User | undefined>
  /** Ends all sessions of the user. False when there is no such user. */
  setPassword(id: string, password: string): Promise<boolean>
}

interface Row {
  id: string
  workspace_id: string
  email: string
  name: string
  role: Role
  password_hash: string
}

const uniqueViolation = '23505'

export function createUsers(database: Database): Users {
  const rows = () => database<Row>('identity.users')
  const one = async (where: Partial<Row>) => (await rows().where(where).limit(1))[0]

  return {
    async create({ id = uuid(), workspaceId, email, name, role, password }) {
      const user = { id, workspaceId, email: email.toLowerCase(), name, role }
      const row = {
        id,
        workspace_id: workspaceId,
        email: user.email,
        name,
        role,
        password_hash: await hashPassword(password),
      }
      try {
        await rows().insert(row)
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
      return (await passwordMatches(password, row?.password_hash)) ? userOf(row) : undefined
    },
    async setPassword(id, password) {
      const hash = await hashPassword(password)
      return database.transaction(async (transaction) => {
        const changed = await transaction<Row>('identity.users').where({ id }).update({ password_hash: hash })
        await transaction('identity.refresh_tokens').where({ user_id: id }).delete()
        return changed > 0
      })
    },
  }
}

function userOf(row: Row | undefined): User | undefined {
  if (row === undefined) return undefined
  const { id, workspace_id: workspaceId, email, name, role } = row
  return { id, workspaceId, email, name, role }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation
}
