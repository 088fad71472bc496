import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Stack } from '../../infra/local/stack.ts'
import { sharedStack } from '../../infra/local/testing/shared-stack.ts'
import { type Call, type Called, type CallOptions, callerOf } from '../call.ts'
import { openWorkplace, type Workplace } from '../workplace.ts'

/** Two workspaces in the shared stack, asked as the gateway asks. */
export interface Bench {
  stack: Stack
  place: Workplace
  other: Workplace
  /** Tokens: of an API key that may manage, and of a service. */
  manager: string
  system: string
  command: Call
  /** A command, by the admin where nobody else is named; reads after it see what it did. */
  change: Call
  /** Makes something, and answers it. */
  make(path: string, body: object): Promise<Record<string, unknown>>
  /** A read, by the agent where nothing is said; without token where none is named. */
  read(path: string, options?: CallOptions): Promise<Called>
}

export async function openBench(): Promise<Bench> {
  const stack = await sharedStack()
  const command = callerOf(stack.url('command-api'))
  const query = callerOf(stack.url('query-api'))
  const place = await openWorkplace(stack.config, stack.url('command-api'))
  const other = await openWorkplace(stack.config, stack.url('command-api'))
  const { workspaceId } = place
  let position = ''
  const change: Call = async (method, path, options) => {
    const called = await command(method, path, { token: place.admin.token, ...options })
    position = String(called.headers['x-position'] ?? position)
    return called
  }
  return {
    stack,
    place,
    other,
    manager: await place.token({ kind: 'apiKey', id: randomUUID(), workspaceId, scopes: ['manage'] }),
    system: await place.token({ kind: 'system', id: 'test', workspaceId }),
    command,
    change,
    async make(path, body) {
      const made = await change('POST', path, { body })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      return made.body
    },
    read: (path, { headers = {}, ...options } = { token: place.agent.token }) =>
      query('GET', path, {
        ...options,
        headers: { ...(position === '' ? {} : { 'x-wait-for': position }), ...headers },
      }),
  }
}
