import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Config } from '../../infra/runtime/config.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import type { ParleyEvent } from '../../schemas/catalog.ts'
import type { Actor } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'
import { widgetDefaults } from '../../schemas/widget/events.ts'

export interface Conversation {
  id: string
  workspaceId: string
  contactId: string
  visitorId: string
  sessionId: string
  stream: string
}

/** Writes to the log as command-api would, without its rules: tests of realtime need events, not decisions. */
export class LogWriter {
  readonly log: EventLog
  readonly #pool: pg.Pool
  readonly #ready: Promise<void>
  readonly #ends = new Map<string, { revision: number; hash: string }>()

  constructor(config: Config) {
    this.#pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
    const readRole = new URL(config.readDatabaseUrl).username
    const vault = createVault({ pool: this.#pool, masterKey: config.vaultKey, readRole })
    this.#ready = vault.ensureSchema()
    this.log = createEventLog({ config, vault })
  }

  async append(
    stream: string,
    workspaceId: string,
    events: ParleyEvent[],
    { actor = { kind: 'system', id: 'test' }, key }: { actor?: Actor; key?: string } = {},
  ): Promise<number> {
    await this.#ready
    const end = this.#ends.get(stream) ?? { revision: -1, hash: '' }
    const commandId = randomUUID()
    const at = new Date().toISOString()
    const context = { workspaceId, actor, commandId, correlationId: commandId, causationId: commandId, at, key }
    const appended = await this.log.append({
      stream,
      expected: end.revision,
      prevHash: end.hash,
      events,
      context,
    })
    const last = appended.events.at(-1)
    if (last !== undefined) this.#ends.set(stream, { revision: last.revision, hash: last.meta.hash })
    return last?.revision ?? end.revision
  }

  async start(workspaceId: string, widgetId: string | null = null): Promise<Conversation> {
    const id = randomUUID()
    const contactId = randomUUID()
    const sessionId = randomUUID()
    const visitorId = `visitor-${id.slice(0, 8)}`
    const conversation = { id, workspaceId, contactId, visitorId, sessionId, stream: streamOf('conversation', id) }
    const data = {
      conversationId: id,
      sessionId,
      contactId,
      visitorId,
      widgetId,
      channel: 'widget' as const,
      startedBy: 'visitor' as const,
      metadata: { page: '/secret-page' },
    }
    await this.tell(conversation, { type: 'ConversationStarted', data })
    return conversation
  }

  /** Appends one event to a conversation; answers its revision. */
  tell(conversation: Conversation, event: ParleyEvent, actor?: Actor): Promise<number> {
    const { stream, workspaceId, contactId, visitorId } = conversation
    const by = actor ?? { kind: 'visitor' as const, id: visitorId }
    return this.append(stream, workspaceId, [event], { actor: by, key: contactId })
  }

  message(conversation: Conversation, content: string): Promise<number> {
    return this.tell(conversation, messageOf(conversation, content))
  }

  async agent(workspaceId: string): Promise<string> {
    const agentId = randomUUID()
    const data = { agentId, email: `${agentId}@demo.test`, name: 'Agent', role: 'agent' as const }
    await this.append(streamOf('agent', agentId), workspaceId, [{ type: 'AgentAdded', data }])
    return agentId
  }

  async removeAgent(workspaceId: string, agentId: string): Promise<void> {
    await this.append(streamOf('agent', agentId), workspaceId, [{ type: 'AgentRemoved', data: { agentId } }])
  }

  async widget(workspaceId: string, identityVerification: 'off' | 'required'): Promise<string> {
    const widgetId = randomUUID()
    const data = { widgetId, name: 'Widget', ...widgetDefaults, identityVerification }
    await this.append(streamOf('widget', widgetId), workspaceId, [{ type: 'WidgetCreated', data }])
    return widgetId
  }

  async requireTokens(workspaceId: string, widgetId: string): Promise<void> {
    const data = { widgetId, changes: { identityVerification: 'required' as const } }
    await this.append(streamOf('widget', widgetId), workspaceId, [{ type: 'WidgetUpdated', data }])
  }

  async close(): Promise<void> {
    await this.log.close()
    await this.#pool.end()
  }
}

export function messageOf({ sessionId, visitorId }: Conversation, content: string): ParleyEvent {
  const message = { messageId: randomUUID(), sessionId, senderType: 'visitor' as const, senderId: visitorId }
  return { type: 'MessageSent', data: { ...message, contentType: 'text', content } }
}
