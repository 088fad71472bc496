import { agentRoutes } from '../../../schemas/agent/routes.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Binding, bind } from '../../runtime/http/binding.ts'
import { invalid } from '../../runtime/http/problem.ts'
import type { CookieSessions } from './cookie-sessions.ts'
import type { Invitations } from './invitations.ts'
import { personOf } from './standing.ts'

/** Inviting people (document D). */
export function invitationRoutes(invitations: Invitations, cookieSessions: Pick<CookieSessions, 'forget'>): Binding[] {
  return [
    bind(agentRoutes.invite, async ({ caller, body, idempotencyKey, traceId }) => {
      if (body.id !== undefined) {
        throw invalid([{ path: '/id', message: 'id is only for people whom a real GoTrue keeps: leave it out' }])
      }
      const { workspaceId, ...admin } = personOf(caller)
      const { email, name, role = 'agent' } = body
      const key = keyOf(workspaceId, admin.id, idempotencyKey)
      const { agent, invitation, position } = await invitations.invite({
        workspaceId,
        email,
        name,
        role,
        caller,
        key,
        traceId,
      })
      cookieSessions.forget()
      return { status: 201, body: { ...agent, invitation }, position }
    }),

    bind(agentRoutes.passwordLink, async ({ caller, params, idempotencyKey }) => {
      const { workspaceId, id: adminId } = personOf(caller)
      const key = keyOf(workspaceId, adminId, idempotencyKey)
      return { status: 201, body: await invitations.linkFor({ workspaceId, id: params.id, key }) }
    }),
  ]
}

/** Where a real GoTrue keeps the people: they are made there, and added here. */
export function foreignInvitationRoutes(invitations: Pick<Invitations, 'add'>): Binding[] {
  return [
    bind(agentRoutes.invite, async ({ caller, body, idempotencyKey, traceId }) => {
      const { workspaceId, id: adminId } = personOf(caller)
      const { id, email, name, role = 'agent' } = body
      if (id === undefined) {
        const message = 'id is required: make the person in GoTrue, with workspace_id and role in app_metadata'
        throw invalid([{ path: '/id', message }])
      }
      const key = keyOf(workspaceId, adminId, idempotencyKey)
      const { agent, position } = await invitations.add({ id, workspaceId, email, name, role, caller, key, traceId })
      if (agent.workspaceId !== workspaceId) throw new Rejection('already-exists', 'This person is in a workspace.')
      return { status: 201, body: { ...agent, invitation: null }, position }
    }),

    bind(agentRoutes.passwordLink, () => {
      throw new Rejection('forbidden', 'Passwords are kept by the GoTrue of this installation: reset them there')
    }),
  ]
}

/** A key holds for one admin. */
function keyOf(workspaceId: string, adminId: string, idempotencyKey: string | undefined): string | undefined {
  return idempotencyKey === undefined ? undefined : JSON.stringify([workspaceId, adminId, idempotencyKey])
}
