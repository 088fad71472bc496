import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { type Stack, startStack } from '../../infra/local/stack.ts'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import type { AutomationFacts } from '../../schemas/automation/events.ts'
import type { AutomationRun } from '../../schemas/automation/resource.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import { type Call, callerOf } from '../call.ts'
import { openWorkplace, type Workplace } from '../workplace.ts'

type Past = RecordedEach<ConversationEvent>

/** A workspace with automations, its conversations, and what became of them. */
export class Scene {
  readonly stack: Stack
  readonly place: Workplace
  readonly log: EventLog
  readonly call: Call
  readonly query: Call
  readonly #pool: pg.Pool

  private constructor(stack: Stack, place: Workplace) {
    this.stack = stack
    this.place = place
    this.call = callerOf(stack.url('command-api'))
    this.query = callerOf(stack.url('query-api'))
    this.#pool = createPool(stack.config.databaseUrl, { name: 'test', connections: 2, lost: () => undefined })
    const vault = createVault({ pool: this.#pool, masterKey: stack.config.vaultKey })
    this.log = createEventLog({ config: stack.config, vault })
  }

  static async open(env: Record<string, string>, log: (name: string, line: string) => void): Promise<Scene> {
    const only = ['event-store', 'postgres', 'redis', 'command-api', 'query-api', 'projectors', 'flow-engine'] as const
    const stack = await startStack({ ports: 'free', only, log, env: { NODE_ENV: 'test', LOG_LEVEL: 'warn', ...env } })
    return new Scene(stack, await openWorkplace(stack.config, stack.url('command-api')))
  }

  async close(): Promise<void> {
    await this.log.close()
    await this.#pool.end()
    await this.stack.stop()
  }

  async rule(body: object): Promise<string> {
    const made = await this.admin('POST', '/api/automations', { name: 'Rule', ...body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return String(made.body.id)
  }

  /** A rule that was made, as it is, a while ago. */
  async oldRule(facts: Omit<AutomationFacts, 'name' | 'match' | 'active'>, minutesAgo: number): Promise<string> {
    const automationId = randomUUID()
    const data = { automationId, name: 'Rule', match: 'all', active: true, ...facts }
    await this.#append(`automation-${automationId}`, { type: 'AutomationCreated', data }, minutesAgo, {})
    return automationId
  }

  admin(method: Parameters<Call>[0], path: string, body?: unknown): ReturnType<Call> {
    return this.call(method, path, { token: this.place.admin.token, body })
  }

  /** A conversation that a visitor begins. */
  async talk(metadata: object = {}): Promise<string> {
    const { body } = await this.call('POST', '/api/conversations', {
      body: { widgetId: this.place.widgetId, metadata },
    })
    return String(body.id)
  }

  async says(id: string, content: string, token?: string): Promise<void> {
    const { status } = await this.call('POST', `/api/conversations/${id}/messages`, { body: { content }, token })
    assert.equal(status, 201)
  }

  /** By the agent. */
  async does(id: string, action: string, body: object): Promise<void> {
    const { token } = this.place.agent
    const { status } = await this.call('POST', `/api/conversations/${id}/${action}`, { body, token })
    assert.ok(status < 300, `${action} answers ${status}`)
  }

  /** A message that the visitor sent a while ago. */
  async said(id: string, content: string, minutesAgo: number): Promise<void> {
    const stream = `conversation-${id}`
    const last = await this.log.readLast(stream)
    assert.ok(last !== undefined)
    const [messageId, sessionId] = [randomUUID(), randomUUID()]
    const words = { contentType: 'text', content }
    const data = { messageId, sessionId, senderType: 'visitor', senderId: 'v', ...words }
    await this.#append(stream, { type: 'MessageSent', data }, minutesAgo, { key: last.meta.key ?? '' })
  }

  async #append(
    stream: string,
    event: { type: string; data: unknown },
    minutesAgo: number,
    sealed: { key?: string },
  ): Promise<void> {
    const last = await this.log.readLast(stream)
    const commandId = randomUUID()
    await this.log.append({
      stream,
      expected: last?.revision ?? -1,
      prevHash: last?.meta.hash ?? '',
      events: [event],
      context: {
        workspaceId: this.place.workspaceId,
        actor: { kind: 'visitor', id: 'v' },
        commandId,
        correlationId: commandId,
        causationId: commandId,
        at: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
        ...sealed,
      },
    })
  }

  async events(id: string): Promise<Past[]> {
    const events: Past[] = []
    for await (const event of this.log.readStream(`conversation-${id}`)) events.push(event as Past)
    return events
  }

  /** What bots said there, one after the other. */
  async heard(id: string): Promise<string[]> {
    const events = await this.events(id)
    return events.flatMap((event) =>
      event.type === 'MessageSent' && event.data.senderType === 'bot' ? [event.data.content] : [],
    )
  }

  async runs(ruleId: string, filter = ''): Promise<AutomationRun[]> {
    const { token } = this.place.admin
    const { status, body } = await this.query('GET', `/api/automations/${ruleId}/runs?limit=100${filter}`, { token })
    assert.equal(status, 200)
    return body.data as AutomationRun[]
  }

  /** All runs of a rule, when so many have come to their end. */
  ended(ruleId: string, count: number, limitMs?: number): Promise<AutomationRun[]> {
    return eventually(async () => {
      const runs = await this.runs(ruleId)
      assert.deepEqual([runs.length, runs.filter(({ outcome }) => outcome === 'running').length], [count, 0])
      return runs
    }, limitMs)
  }

  /** No rule is left. */
  async clear(): Promise<void> {
    const { body } = await this.query('GET', '/api/automations', { token: this.place.admin.token })
    for (const { id } of body as unknown as { id: string }[]) await this.admin('DELETE', `/api/automations/${id}`)
  }

  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.stack.url('flow-engine')}/metrics`)
    const line = (await response.text()).split('\n').find((text) => text.startsWith(`${name}{`))
    return Number(line?.split(' ').at(-1))
  }
}
