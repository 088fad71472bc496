import { parseArgs } from 'node:util'
import { runCommand } from '../../infra/runtime/command-line.ts'
import { readConfig } from '../../infra/runtime/config.ts'
import { createPool } from '../../infra/runtime/postgres-pool.ts'
import { tableText } from '../../infra/runtime/table-text.ts'
import { createOutbox, type DeadItem, type Outbox } from './outbox.ts'

const help = `Looks after the messages that could not be sent to WhatsApp, and that nobody tries any more.

  [list]            which there are, and why
  retry [ID …]      try these again, or all
  discard ID …|all  forget these

  --json    answer in JSON
  --help    this

They are kept for a week.
`

class Misuse extends Error {
  override name = 'Misuse'
}

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
  const wrong = ids.find((id) => id !== 'all' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
  if (wrong !== undefined) throw new Misuse(`${wrong} is no id of a message.`)
  const pool = createPool(readConfig().databaseUrl, { name: 'whatsapp cli', connections: 1, lost: () => undefined })
  try {
    const outbox = createOutbox(pool)
    await outbox.create()
    const { value, text } = await act(outbox, action, ids)
    process.stdout.write(values.json ? `${JSON.stringify(value, null, 2)}\n` : text)
    return 0
  } finally {
    await pool.end()
  }
}

interface Answer {
  value: unknown
  text: string
}

async function act(outbox: Outbox, action: string, ids: string[]): Promise<Answer> {
  switch (action) {
    case 'list': {
      const dead = await outbox.dead()
      return { value: dead, text: listText(dead) }
    }
    case 'retry':
      return settle(ids.length > 0 ? ids : await every(outbox), (id) => outbox.retry(id), 'to be tried again')
    case 'discard':
      if (ids.length === 0) throw new Misuse('Say which: discard ID … or discard all')
      return settle(ids[0] === 'all' ? await every(outbox) : ids, (id) => outbox.discard(id), 'discarded')
    default:
      throw new Misuse(`There is no command "${action}".\n\n${help}`)
  }
}

const every = async (outbox: Outbox) => (await outbox.dead()).map(({ messageId }) => messageId)

async function settle(ids: string[], one: (id: string) => Promise<boolean>, word: string): Promise<Answer> {
  const settled: string[] = []
  for (const id of ids) if (await one(id)) settled.push(id)
  const missing = ids.filter((id) => !settled.includes(id))
  const lines = [`${settled.length} ${word}.`, ...missing.map((id) => `${id} is no message that was given up.`)]
  return { value: { done: settled, missing }, text: `${lines.join('\n')}\n` }
}

function listText(dead: readonly DeadItem[]): string {
  if (dead.length === 0) return 'No message has been given up.\n'
  const rows = dead.map(({ messageId, conversationId, channelId, at, tries, diedAt, why }) => [
    ...[messageId, conversationId, channelId, at],
    ...[String(tries), diedAt, why],
  ])
  return tableText(['message', 'conversation', 'channel', 'sent here', 'tries', 'given up', 'why'], rows)
}

await runCommand(main, (error) => error instanceof Misuse)
