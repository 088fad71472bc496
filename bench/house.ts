import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { type ServiceName, type Stack, startStack } from '../infra/local/stack.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'

/** The services of a bench, with one workspace and one widget in them. */
export interface House {
  stack: Stack
  workspaceId: string
  widgetId: string
  agentToken: string
  /** Conversations to write to. */
  start(count: number): Promise<string[]>
  close(): Promise<void>
}

/** Settings as in daily use; nothing is logged but errors. */
export async function openHouse(only: readonly ServiceName[], more: Record<string, string> = {}): Promise<House> {
  const env = { NODE_ENV: 'development', LOG_LEVEL: 'error', RATE_LIMITS: 'off', ...more }
  const stack = await startStack({ ports: 'free', only, env })
  const tokens = createInternalTokens(stack.config.internalSecret)
  const workspaceId = randomUUID()
  const system = await tokens.issue({ kind: 'system', id: 'bench', workspaceId })
  const email = 'admin@demo.test'
  const admin = await tokens.issue({ kind: 'agent', id: randomUUID(), workspaceId, role: 'admin', email })
  const post = poster(stack.url('command-api'))
  await post('/internal/workspaces', { id: workspaceId, name: 'Bench' }, system)
  const widget = await post('/api/widgets', { name: 'Bench' }, admin)
  const widgetId = String(widget.id)
  return {
    stack,
    workspaceId,
    widgetId,
    agentToken: admin,
    async start(count) {
      const started = Array.from({ length: count }, () => post('/api/conversations', { widgetId }))
      return (await Promise.all(started)).map(({ id }) => String(id))
    },
    async close() {
      await stack.stop()
    },
  }
}

export function poster(origin: string) {
  return async (path: string, body: unknown, token?: string): Promise<Record<string, unknown>> => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const reply = await request(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
    })
    const text = await reply.body.text()
    if (reply.statusCode !== 201) throw new Error(`POST ${path} answered ${reply.statusCode}: ${text}`)
    return JSON.parse(text)
  }
}
