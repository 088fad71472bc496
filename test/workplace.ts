import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import type { Config } from '../infra/runtime/config.ts'
import type { Caller } from '../schemas/caller.ts'
import { type Call, callerOf } from './call.ts'

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'parley-test-'))

/** A workspace with an admin, an agent and a widget, made through command-api; and tokens of its people. */
export interface Workplace {
  workspaceId: string
  widgetId: string
  admin: Person
  agent: Person
  /** Adds somebody. */
  hire(name: string, role?: 'admin' | 'agent'): Promise<Person>
  token(caller: Caller): Promise<string>
}

export interface Person {
  id: string
  email: string
  token: string
}

export async function openWorkplace(config: Config, commandApi: string, widget: object = {}): Promise<Workplace> {
  const call = callerOf(commandApi)
  const tokens = createInternalTokens(config.internalSecret)
  const workspaceId = randomUUID()
  const system = await tokens.issue({ kind: 'system', id: 'test', workspaceId })
  await created(call, '/internal/workspaces', system, { id: workspaceId, name: 'Test', timeZone: 'Europe/Berlin' })
  const hire = async (name: string, role: 'admin' | 'agent' = 'agent'): Promise<Person> => {
    const id = randomUUID()
    const email = `${name}-${id.slice(0, 8)}@demo.test`
    await created(call, '/internal/agents', system, { id, email, name, role })
    return { id, email, token: await tokens.issue({ kind: 'agent', id, workspaceId, role, email }) }
  }
  const admin = await hire('admin', 'admin')
  const agent = await hire('agent')
  const made = await created(call, '/api/widgets', admin.token, { name: 'Test widget', ...widget })
  return { workspaceId, widgetId: String(made.id), admin, agent, hire, token: (caller) => tokens.issue(caller) }
}

async function created(call: Call, path: string, token: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await call('POST', path, { token, body })
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body
}
