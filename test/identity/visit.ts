import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { callerOf } from '../call.ts'
import type { House } from '../house.ts'

export interface Newcomer {
  id: string
  email: string
  password: string
  link: string
}

export const passwordOf = (name: string) => `${name} knows ten characters`

export async function signIn(house: House, { email, password }: { email: string; password: string }) {
  return house.call('POST', '/auth/v1/token?grant_type=password', { body: { email, password } })
}

export async function tokenOf(house: House, person: { email: string; password: string }): Promise<string> {
  const { status, body } = await signIn(house, person)
  assert.equal(status, 200, JSON.stringify(body))
  return String(body.access_token)
}

/** Invited by the demo's admin, with a password set by the link. */
export async function welcome(house: House, role: 'agent' | 'admin' = 'agent'): Promise<Newcomer> {
  const name = `person-${randomUUID().slice(0, 8)}`
  const email = `${name}@demo.test`
  const invited = await house.call('POST', '/api/agents', { token: house.adminToken, body: { email, name, role } })
  assert.equal(invited.status, 201, JSON.stringify(invited.body))
  const link = String((invited.body.invitation as { token: string }).token)
  const password = passwordOf(name)
  const set = await house.call('POST', '/auth/password', { body: { token: link, password } })
  assert.equal(set.status, 204, JSON.stringify(set.body))
  return { id: String(invited.body.id), email, password, link }
}

/** Gives a token of our own services for it. */
export async function makeWorkspace({ stack }: House, workspaceId: string): Promise<string> {
  const caller = { kind: 'system', id: 'test', workspaceId } as const
  const token = await createInternalTokens(stack.config.internalSecret).issue(caller)
  const body = { id: workspaceId, name: 'Far away' }
  const made = await callerOf(stack.url('command-api'))('POST', '/internal/workspaces', { token, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return token
}

/** A list, as it is after a change. */
export async function agentsAfter(house: House, changed: { headers: Record<string, unknown> }, query = '') {
  const headers = { 'x-wait-for': String(changed.headers['x-position']) }
  const { status, body } = await house.call('GET', `/api/agents${query}`, { token: house.agentToken, headers })
  assert.equal(status, 200, JSON.stringify(body))
  return body.data as { id: string; name: string; role: string; available: boolean; removedAt: string | null }[]
}
