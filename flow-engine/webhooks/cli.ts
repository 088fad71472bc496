import { readConfig } from '../../infra/runtime/config.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { tableText } from '../../infra/runtime/table-text.ts'
import { type Answer, lookAfter, Misuse, named, namedOrAll, noSuchAction, settled } from '../after-care.ts'
import { createLanesBook, type DeadDelivery, type LanesBook, type WebhookDepth } from './lanes-book.ts'

const help = `Looks after outgoing webhooks: what waits, and what was given up.

  [list]            the webhooks, with what waits for each
  dead [WEBHOOK]    deliveries that were given up, and why; the latest 1000
  retry [ID …]      try these again, with all their tries; without ids, or with "all", all of them
  discard ID …|all  let these be

  --json    answer in JSON
  --help    this
`

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

async function withBook(work: (book: LanesBook) => Promise<Answer>): Promise<Answer> {
  const pool = createPool(readConfig().databaseUrl, { name: 'webhooks cli', connections: 1, lost: () => undefined })
  try {
    return await work(createLanesBook(pool))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === '42P01' || error.code === '3F000'))
      throw new Misuse('flow-engine has not run yet: there is no queue.')
    throw error
  } finally {
    await pool.end()
  }
}

async function act(book: LanesBook, action: string, ids: string[]): Promise<Answer> {
  switch (action) {
    case 'list': {
      const depths = await book.depths()
      return { value: depths, text: listText(depths) }
    }
    case 'dead': {
      const [webhookId] = ids
      if (webhookId !== undefined && !uuid.test(webhookId)) throw new Misuse(`"${webhookId}" is no id of a webhook.`)
      const dead = await book.dead(webhookId)
      return { value: dead, text: deadText(dead) }
    }
    case 'retry': {
      const wanted = namedOrAll(idsOf(ids))
      const done = await book.retry(wanted)
      return settled(wanted ?? done, done, { word: 'to be tried again', unknown })
    }
    case 'discard': {
      const wanted = named(action, idsOf(ids))
      const done = await book.discard(wanted)
      return settled(wanted ?? done, done, { word: 'discarded', unknown })
    }
    default:
      throw noSuchAction(action, help)
  }
}

const unknown = 'is no delivery that was given up'
const idsOf = (ids: readonly string[]) => ids.map((id) => id.toLowerCase())

function listText(depths: readonly WebhookDepth[]): string {
  if (depths.length === 0) return 'There are no webhooks.\n'
  const rows = depths.map(({ webhookId, url, active, waiting, retrying, dead, oldestSeconds }) => [
    webhookId,
    // What stands after the question mark may be a secret of the receiver's.
    url.replace(/\?.*$/, '?…'),
    active ? 'on' : 'off',
    String(waiting),
    String(retrying),
    String(dead),
    waiting + retrying === 0 ? '' : `${Math.round(oldestSeconds)} s`,
  ])
  return tableText(['webhook', 'address', 'is', 'waiting', 'retrying', 'dead', 'oldest'], rows)
}

function deadText(dead: readonly DeadDelivery[]): string {
  if (dead.length === 0) return 'No delivery has been given up.\n'
  const rows = dead.map(({ id, webhookId, conversationId, event, tries, why, appendedAt }) => [
    id,
    webhookId,
    conversationId ?? '',
    event,
    appendedAt.toISOString(),
    String(tries),
    why,
  ])
  return tableText(['delivery', 'webhook', 'conversation', 'event', 'happened', 'tries', 'why'], rows)
}

await lookAfter({ help, act: (action, ids) => withBook((book) => act(book, action, ids)) })
