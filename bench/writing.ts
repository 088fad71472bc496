import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Config } from '../infra/runtime/config.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import type { ConversationEvent } from '../schemas/conversation/events.ts'
import type { LogPosition } from '../schemas/envelope.ts'
import { streamOf } from '../schemas/streams.ts'

const words = 'I want to make a restaurant reservation for 2 people at half past 11 in the morning, please.'

/** Writes conversations straight to the log, sealed and chained as command-api does, for benches of what reads it. */
export interface Writing {
  log: EventLog
  /** A new conversation with so many messages, in one append. */
  conversation(messages: number): Promise<Written>
  /** One more message. */
  say(to: Written, content?: string): Promise<{ messageId: string; position: LogPosition }>
  /** So many more messages in one append. */
  sayMany(to: Written, count: number, content: string): Promise<void>
  close(): Promise<void>
}

/** A conversation and where its stream ends. */
export interface Written {
  id: string
  contactId: string
  sessionId: string
  revision: number
  hash: string
}

export async function openWriting(config: Config, workspaceId: string, widgetId: string | null): Promise<Writing> {
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
  const vault = createVault({ pool, masterKey: config.vaultKey })
  await vault.ensureSchema()
  const log = createEventLog({ config, vault, logger: createLogger(config, 'bench') })

  async function append(to: Written, events: ConversationEvent[]): Promise<LogPosition> {
    const commandId = randomUUID()
    const { events: recorded, position } = await log.append({
      stream: streamOf('conversation', to.id),
      expected: to.revision,
      prevHash: to.hash,
      events,
      context: {
        workspaceId,
        actor: { kind: 'system', id: 'bench' },
        commandId,
        correlationId: commandId,
        causationId: commandId,
        at: new Date().toISOString(),
        key: to.contactId,
      },
    })
    to.revision += recorded.length
    to.hash = recorded.at(-1)?.meta.hash ?? to.hash
    return position
  }

  return {
    log,
    async conversation(messages) {
      const [id, contactId, sessionId] = [randomUUID(), randomUUID(), randomUUID()]
      const written = { id, contactId, sessionId, revision: -1, hash: '' }
      const visitorId = `bench-${id}`
      const started: ConversationEvent = {
        type: 'ConversationStarted',
        data: {
          conversationId: id,
          sessionId,
          contactId,
          visitorId,
          widgetId,
          channel: 'widget',
          startedBy: 'visitor',
          metadata: {},
        },
      }
      await append(written, [
        started,
        ...Array.from({ length: messages }, (_, n) => message(written, n % 2 === 0, words)),
      ])
      return written
    },
    async say(to, content = words) {
      const said = message(to, true, content)
      return { messageId: said.data.messageId, position: await append(to, [said]) }
    },
    async sayMany(to, count, content) {
      await append(
        to,
        Array.from({ length: count }, () => message(to, true, content)),
      )
    },
    async close() {
      await log.close()
      await pool.end()
    },
  }
}

function message({ sessionId, contactId }: Written, visitor: boolean, content: string) {
  return {
    type: 'MessageSent',
    data: {
      messageId: randomUUID(),
      sessionId,
      senderType: visitor ? 'visitor' : 'agent',
      senderId: visitor ? contactId : 'agent',
      contentType: 'text',
      content,
    },
  } as const
}
