import type { Role } from '../../../schemas/agent/events.ts'
import type { PasswordLink } from '../../../schemas/agent/resource.ts'
import type { Person } from '../../../schemas/identity/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Invitations } from '../identity/invitations.ts'
import type { Users } from '../identity/users.ts'
import { Unusable } from './arguments.ts'

export interface Wish {
  email: string
  name: string
  role: Role
  workspaceId: string | undefined
  /** A new link for one who is there, instead of a new person. */
  link: boolean
  /** Set instead of giving a link. */
  password: string | undefined
}

export interface Made extends Person {
  /** Null where a password was given. */
  invitation: PasswordLink | null
}

export interface PersonTools {
  users: Users
  invitations: Invitations
}

/** Throws Unusable, or a Rejection. */
export async function makePerson(tools: PersonTools, wish: Wish): Promise<Made> {
  const { person, invitation } = wish.link ? await renewed(tools, wish) : await invited(tools, wish)
  if (wish.password === undefined) return { ...person, invitation }
  await tools.users.setPassword(person.id, wish.password)
  return { ...person, invitation: null }
}

async function invited({ users, invitations }: PersonTools, { email, name, role, ...wish }: Wish) {
  const workspaceId = wish.workspaceId ?? (await onlyWorkspace(users))
  const caller = { kind: 'system', id: 'operator', workspaceId } as const
  try {
    const { agent, invitation } = await invitations.invite({ workspaceId, email, name, role, caller })
    return { person: { id: agent.id, workspaceId, email: agent.email, name, role }, invitation }
  } catch (error) {
    if (!(error instanceof Rejection && error.code === 'already-exists')) throw error
    throw new Unusable(`${error.message} For a new link: make user EMAIL=${email} ARGS=--link`)
  }
}

async function renewed({ users, invitations }: PersonTools, { email, workspaceId }: Wish) {
  const person = await users.findByEmail(email)
  if (person === undefined || (workspaceId !== undefined && workspaceId !== person.workspaceId)) {
    throw new Unusable(`There is nobody with the address ${email}${workspaceId === undefined ? '' : ' there'}.`)
  }
  return { person, invitation: await invitations.linkFor({ workspaceId: person.workspaceId, id: person.id }) }
}

async function onlyWorkspace(users: Users): Promise<string> {
  const [one, ...others] = await users.workspaces()
  if (one === undefined) throw new Unusable('There is no workspace yet: "make run" makes one, or name one: WORKSPACE=…')
  if (others.length === 0) return one
  throw new Unusable(`There are several workspaces. Say which one: WORKSPACE=… (${[one, ...others].sort().join(', ')})`)
}
