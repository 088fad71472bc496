import { randomUUID } from 'node:crypto'
import { EventStoreDBClient } from '@eventstore/db-client'
import pg from 'pg'
import { startStack } from '../../infra/local/stack.ts'
import type { Config } from '../../infra/runtime/config.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import type { ParleyEvent } from '../../schemas/catalog.ts'
import { parseStream } from '../../schemas/streams.ts'
import { readAll, timeUntil } from '../catch-up.ts'
import { type Figure, rateOf } from '../figure.ts'
import { chanceOf } from './chance.ts'
import { told } from './conversation.ts'
import type { Size } from './load.ts'
import { latestOf, measureQueries } from './measuring.ts'
import { directoryEvents, phrases, workspaceId } from './workspace.ts'

export interface FromLogOptions extends Size {
  progress(text: string): void
}

/** Over how long the conversations are spread. */
const spanMs = 365 * 24 * 3_600_000
const inFlight = 32

/**
 * The same million from its beginning: conversations are appended as events, sealed and chained, the projections derive all of the read
 * models from the log, and the queries are asked of those.
 */
export async function millionFromLog({ progress, ...size }: FromLogOptions): Promise<Figure[]> {
  const stack = await startStack({
    ports: 'free',
    only: ['event-store', 'postgres', 'projectors', 'query-api'],
    env: { NODE_ENV: 'development', LOG_LEVEL: 'error', RATE_LIMITS: 'off' },
  })
  const pool = new pg.Pool({ connectionString: stack.config.databaseUrl, max: 2 })
  try {
    await stack.kill('projectors', 'SIGTERM')
    const appended = await append(stack.config, pool, size, progress)
    const client = EventStoreDBClient.connectionString(stack.config.eventStoreUrl)
    const bare = await readAll(client)
    await client.dispose()
    progress('  deriving the read models\n')
    const seconds = await timeUntil(pool, appended.head, () => stack.start('projectors'))
    const projected: Figure = {
      name: 'projected from the log',
      unit: '/s',
      ours: appended.events / seconds,
      bare: { what: 'readAll of the same log', value: bare },
      aim: { ratio: 0.3, least: 15_000 },
      notes: { events: appended.events, seconds },
    }
    return [appended.figure, projected, ...(await measureQueries(stack, size, await latestOf(pool)))]
  } finally {
    await pool.end()
    await stack.stop()
  }
}

async function append(config: Config, pool: pg.Pool, size: Size, progress: (text: string) => void) {
  const vault = createVault({ pool, masterKey: config.vaultKey })
  await vault.ensureSchema()
  const log = createEventLog({ config, vault })
  const { conversations, messagesEach } = size
  const chance = chanceOf(2)
  const said = phrases(20_000)
  const began = Date.now() - spanMs
  let events = 0
  const write = async (stream: string, happened: readonly { event: ParleyEvent; at: number }[], key?: string) => {
    events += happened.length
    await appendOne(log, stream, happened, key)
  }
  try {
    for (const { stream, event } of directoryEvents()) await write(stream, [{ event, at: began }])
    const every = Math.max(1, Math.floor(conversations / 20))
    const rate = await rateOf(conversations, inFlight, async (n) => {
      const { contact, conversation } = told(n, began + (spanMs / conversations) * n, messagesEach, said, chance)
      const key = parseStream(contact.stream)?.id
      await write(contact.stream, contact.happenings, key)
      await write(conversation.stream, conversation.happenings, key)
      if (n % every === 0) progress(`  ${Math.round((n / conversations) * 100)} % of the conversations appended\n`)
    })
    const head = (await log.head())?.commit ?? 0n
    const notes = { events, 'events a second': (rate * events) / conversations }
    const figure: Figure = { name: 'conversations appended', unit: '/s', ours: rate, aim: {}, notes }
    return { figure, events, head }
  } finally {
    await log.close()
  }
}

async function appendOne(
  log: EventLog,
  stream: string,
  happened: readonly { event: ParleyEvent; at: number }[],
  key: string | undefined,
): Promise<void> {
  const commandId = randomUUID()
  await log.append({
    stream,
    expected: -1,
    prevHash: '',
    events: happened.map(({ event }) => event),
    context: {
      workspaceId,
      actor: { kind: 'system', id: 'bench' },
      commandId,
      correlationId: commandId,
      causationId: commandId,
      at: new Date(happened[0]?.at ?? Date.now()).toISOString(),
      ...(key === undefined ? {} : { key }),
    },
  })
}
