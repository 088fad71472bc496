import type { Role } from '../../../schemas/agent/events.ts'
import { Agent, type PasswordLink } from '../../../schemas/agent/resource.ts'
import { agentRoutes } from '../../../schemas/agent/routes.ts'
import type { Caller } from '../../../schemas/caller.ts'
import type { LogPosition } from '../../../schemas/envelope.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Service, serviceCall } from '../../runtime/http/service-call.ts'
import { invitationDays, linkDays, type PasswordLinks } from './password-links.ts'
import { derivedSecret, hashOf } from './secret.ts'
import type { Standing } from './standing.ts'
import type { Users } from './users.ts'

export interface Invitation {
  workspaceId: string
  email: string
  name: string
  role: Role
  /** On whose behalf: an admin, or ourselves for the workspace. */
  caller: Caller
  /** The same at every try of one invitation. */
  key?: string | undefined
  traceId?: string
}

export interface Added {
  agent: Agent
  position: LogPosition | undefined
}

/** How people come into a workspace: credentials here, their place in the log, and a link to set a password with. */
export interface Invitations {
  /**
   * Throws Rejection('already-exists') for an address that somebody has who is in a workspace; ('idempotency-key-reused').
   * A try that broke off is completed by the next.
   */
  invite(invitation: Invitation): Promise<Added & { invitation: PasswordLink }>
  /** Adds a person whom a real GoTrue keeps. */
  add(invitation: Invitation & { id: string }): Promise<Added>
  /** A new link for one who is there. Throws Rejection('not-found'). */
  linkFor(wish: { workspaceId: string; id: string; key?: string | undefined }): Promise<PasswordLink>
}

export interface InvitationTools {
  users: Users
  links: PasswordLinks
  standing: Standing
  commandApi: Service
  idSecret: string
}

export function createInvitations({ users, links, standing, commandApi, idSecret }: InvitationTools): Invitations {
  const call = serviceCall(commandApi, agentRoutes.add, Agent)

  const add: Invitations['add'] = async ({ id, email, name, role, caller, key, traceId }) => {
    // The key as the command's own, so that the same with another body is refused there.
    const idempotencyKey = key === undefined ? {} : { idempotencyKey: hashOf(key).toString('base64url') }
    const trace = traceId === undefined ? {} : { traceId }
    const { body, position } = await call({ caller, body: { id, email, name, role }, ...idempotencyKey, ...trace })
    return { agent: body, position }
  }

  /** The user for the address: a new one, or one who is in no workspace any more. */
  const userFor = async ({ workspaceId, email, name, role }: Invitation) => {
    const known = await users.findByEmail(email)
    if (known !== undefined) {
      const { status } = await standing.ask(known.id)
      const ours = known.workspaceId === workspaceId
      if (status === 'active' || (status === 'none' && !ours)) {
        throw new Rejection('already-exists', `There is a person with the address ${known.email} already.`)
      }
      if (ours) {
        await users.readmit(known.id, { name, role })
        return { id: known.id, made: false }
      }
      await users.remove(known.id)
    }
    const { id } = await users.create({ workspaceId, email, name, role })
    return { id, made: true }
  }

  return {
    add,
    async invite(invitation) {
      const { key } = invitation
      const secret = key === undefined ? undefined : derivedSecret(idSecret, 'invitation', key)
      const before = secret === undefined ? undefined : await links.ownerOf(secret)
      const { id, made } = before === undefined ? await userFor(invitation) : { id: before, made: false }
      // Before the person is in the log, so that a try which breaks off there finds itself again by its key.
      const link = await links.issue(id, invitationDays, secret)
      try {
        return { ...(await add({ ...invitation, id })), invitation: link }
      } catch (error) {
        // Refused for good: nobody is left behind who is nowhere. What became of a try that broke off is not known.
        if (made && error instanceof Rejection && error.code !== 'unavailable') await users.remove(id)
        throw error
      }
    },
    async linkFor({ workspaceId, id, key }) {
      const user = await users.find(id)
      const { status } = await standing.ask(id)
      if (user === undefined || user.workspaceId !== workspaceId || status === 'removed') {
        throw new Rejection('not-found', 'There is no such agent.')
      }
      return links.issue(id, linkDays, key === undefined ? undefined : derivedSecret(idSecret, 'link', id, key))
    },
  }
}
