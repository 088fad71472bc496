import { readConfig } from '../../infra/runtime/config.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { tableText } from '../../infra/runtime/table-text.ts'
import { type Answer, each, isAll, lookAfter, Misuse, named, namedOrAll, noSuchAction, settled } from '../after-care.ts'
import { createOutbox, type DeadItem, type Outbox } from './outbox.ts'

const help = `Looks after the messages that could not be sent to WhatsApp, and that nobody tries any more.

  [list]            which there are, and why
  retry [ID …]      try these again; without ids, or with "all", all of them
  discard ID …|all  forget these

  --json    answer in JSON
  --help    this

They are kept for a week.
`

async function withOutbox(work: (outbox: Outbox) => Promise<Answer>): Promise<Answer> {
  const pool = createPool(readConfig().databaseUrl, { name: 'whatsapp cli', connections: 1, lost: () => undefined })
  try {
    const outbox = createOutbox(pool)
    await outbox.create()
    return await work(outbox)
  } finally {
    await pool.end()
  }
}

async function act(outbox: Outbox, action: string, ids: string[]): Promise<Answer> {
  switch (action) {
    case 'list': {
      const dead = await outbox.dead()
      return { value: dead, text: listText(dead) }
    }
    case 'retry': {
      const wanted = namedOrAll(idsOf(ids)) ?? (await every(outbox))
      return settled(wanted, await each(wanted, (id) => outbox.retry(id)), { word: 'to be tried again', unknown })
    }
    case 'discard': {
      const wanted = named(action, idsOf(ids)) ?? (await every(outbox))
      return settled(wanted, await each(wanted, (id) => outbox.discard(id)), { word: 'discarded', unknown })
    }
    default:
      throw noSuchAction(action, help)
  }
}

const unknown = 'is no message that was given up'
const every = async (outbox: Outbox) => (await outbox.dead()).map(({ messageId }) => messageId)

/** Throws Misuse for what Postgres could not look for. */
function idsOf(ids: readonly string[]): readonly string[] {
  const wrong = isAll(ids) ? undefined : ids.find((id) => !uuid.test(id))
  if (wrong !== undefined) throw new Misuse(`${wrong} is no id of a message.`)
  return ids.map((id) => id.toLowerCase())
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function listText(dead: readonly DeadItem[]): string {
  if (dead.length === 0) return 'No message has been given up.\n'
  const rows = dead.map(({ messageId, conversationId, channelId, at, tries, diedAt, why }) => [
    ...[messageId, conversationId, channelId, at],
    ...[String(tries), diedAt, why],
  ])
  return tableText(['message', 'conversation', 'channel', 'sent here', 'tries', 'given up', 'why'], rows)
}

await lookAfter({ help, act: (action, ids) => withOutbox((outbox) => act(outbox, action, ids)) })
