import { parseArgs } from 'node:util'
import { runCommand } from '../../infra/runtime/command-line.ts'
import { readConfig } from '../../infra/runtime/config.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { tableText } from '../../infra/runtime/table-text.ts'
import { createLanesBook, type DeadDelivery, type LanesBook, type WebhookDepth } from './lanes-book.ts'

const help = `Looks after outgoing webhooks: what waits, and what was given up.

  [list]            the webhooks, with what waits for each
  dead [WEBHOOK]    deliveries that were given up, and why; the latest 1000
  retry ID …|all    try these again, with all their tries
  discard ID …|all  let these be

  --json    answer in JSON
  --help    this
`

class Misuse extends Error {
  override name = 'Misuse'
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [action = 'list', ...ids] = positionals
  const config = readConfig()
  const pool = createPool(config.databaseUrl, { name: 'webhooks cli', connections: 1, lost: () => undefined })
  try {
    const { value, text } = await act(createLanesBook(pool), action, ids)
    process.stdout.write(values.json ? `${JSON.stringify(value, null, 2)}\n` : text)
    return 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === '42P01' || error.code === '3F000'))
      throw new Misuse('flow-engine has not run yet: there is no queue.')
    throw error
  } finally {
    await pool.end()
  }
}

interface Answer {
  value: unknown
  text: string
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
    case 'retry':
      return settled(wanted(ids), await book.retry(wanted(ids)), 'to be tried again')
    case 'discard':
      return settled(wanted(ids), await book.discard(wanted(ids)), 'discarded')
    default:
      throw new Misuse(`There is no command "${action}".\n\n${help}`)
  }
}

/** Undefined: all. */
function wanted(ids: string[]): string[] | undefined {
  if (ids.length === 0) throw new Misuse('Say which: ID … or all')
  return ids[0] === 'all' ? undefined : ids.map((id) => id.toLowerCase())
}

function settled(asked: string[] | undefined, done: string[], word: string): Answer {
  const missing = asked?.filter((id) => !done.includes(id)) ?? []
  const lines = [`${done.length} ${word}.`, ...missing.map((id) => `${id} is no delivery that was given up.`)]
  return { value: { done, missing }, text: `${lines.join('\n')}\n` }
}

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

await runCommand(main, (error) => error instanceof Misuse)
