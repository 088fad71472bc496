import { randomBytes } from 'node:crypto'
import type { Role } from '../../../schemas/agent/events.ts'
import type { Caller } from '../../../schemas/caller.ts'
import type { DemoFacts, EarlierDemoFacts } from '../../../schemas/demo.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { ApiKeys } from '../identity/api-keys.ts'
import type { Users } from '../identity/users.ts'
import { ensureEmbedToken, ensureSiteKey } from './channels.ts'
import type { Find, Send } from './commands.ts'

interface Person {
  id: string
  email: string
  name: string
  role: Role
}

/** The workspace and its people. */
export interface DemoPlace {
  workspaceId: string
  people: { admin: Person; agent: Person }
}

/** Fixed, so that a set-up whose facts were lost finds again what it made. None of them is a secret. */
export const demoPlace: DemoPlace = {
  workspaceId: 'd0000000-0000-4000-8000-000000000001',
  people: {
    admin: { id: 'd0000000-0000-4000-8000-000000000002', email: 'admin@demo.test', name: 'Demo Admin', role: 'admin' },
    agent: { id: 'd0000000-0000-4000-8000-000000000003', email: 'agent@demo.test', name: 'Demo Agent', role: 'agent' },
  },
}

export interface DemoTools {
  users: Users
  apiKeys: ApiKeys
  send: Send
  find: Find
  gateway: string
}

/**
 * Makes the demo workspace with two people, a widget, two channels and a key for imports. Whatever is there already stays as it is; of
 * what only the lost facts knew, there are new ones.
 */
export async function setUpDemo(
  tools: DemoTools,
  before: EarlierDemoFacts | undefined,
  { workspaceId, people }: DemoPlace = demoPlace,
): Promise<DemoFacts> {
  const { send, gateway } = tools
  const system: Caller = { kind: 'system', id: 'demo' }
  await send({
    path: '/internal/workspaces',
    key: 'demo-workspace',
    caller: system,
    body: { id: workspaceId, name: 'Demo', timeZone: 'UTC' },
  })
  const passwords = {
    admin: await ensureUser(tools.users, workspaceId, people.admin, before?.admin.password),
    agent: await ensureUser(tools.users, workspaceId, people.agent, before?.agent.password),
  }
  for (const person of Object.values(people)) {
    await send({
      path: '/internal/agents',
      key: `demo-agent-${person.role}`,
      caller: { ...system, workspaceId },
      body: person,
    })
  }
  const { id, email, role } = people.admin
  const admin: Caller = { kind: 'agent', id, workspaceId, role, email }
  return {
    gateway,
    workspaceId,
    admin: { id: people.admin.id, email: people.admin.email, password: passwords.admin },
    agent: { id: people.agent.id, email: people.agent.email, password: passwords.agent },
    widgetId: await ensureWidget(send, admin, before?.widgetId),
    siteKey: await ensureSiteKey(tools, admin, before?.siteKey ?? null),
    embedToken: await ensureEmbedToken(tools, admin, before?.embedToken ?? null),
    importKey: await ensureImportKey(tools.apiKeys, workspaceId, before?.importKey),
  }
}

/** The password of the user, who is made when missing, and gets a new password when nobody knows the old one. */
async function ensureUser(
  users: Users,
  workspaceId: string,
  person: Person,
  known: string | undefined,
): Promise<string> {
  const password = known ?? randomBytes(12).toString('base64url')
  const user = await users.findByEmail(person.email)
  if (user === undefined) await users.create({ ...person, workspaceId, password })
  else if (known === undefined) await users.setPassword(user.id, password)
  return password
}

/** The key makes the id, so that a log that was emptied gets the same widget again. */
async function ensureWidget(send: Send, caller: Caller, known: string | undefined): Promise<string> {
  const widget = await send({ path: '/api/widgets', key: 'demo-widget', caller, body: { name: 'Demo site' } })
  const found = widget?.id ?? known
  if (typeof found !== 'string') throw new Error('There is a demo widget, but nobody knows its id')
  return found
}

async function ensureImportKey(apiKeys: ApiKeys, workspaceId: string, known: string | undefined): Promise<string> {
  if (known !== undefined && (await works(apiKeys, known))) return known
  const { key } = await apiKeys.create({ workspaceId, name: 'Demo import', scopes: ['import', 'read', 'write'] })
  return key
}

async function works(apiKeys: ApiKeys, key: string): Promise<boolean> {
  try {
    await apiKeys.callerOf(key)
    return true
  } catch (error) {
    if (error instanceof Rejection && error.code === 'unauthenticated') return false
    throw error
  }
}
