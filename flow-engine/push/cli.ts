import { parseArgs } from 'node:util'
import { runCommand } from '../../infra/runtime/command-line.ts'
import { readConfig } from '../../infra/runtime/config.ts'
import { createJobQueue, type DeadJob, type JobQueue } from '../../infra/runtime/jobs/queue.ts'
import { createLogger } from '../../infra/runtime/logger.ts'
import { createRedis, redisReady } from '../../infra/runtime/redis.ts'
import { tableText } from '../../infra/runtime/table-text.ts'
import { queueName } from './job.ts'

const help = `Looks after the pushes that could not be sent, and that nobody tries any more.

  [list]            which there are, and why
  retry [ID …]      try these again, or all
  discard ID …|all  forget these

  --json    answer in JSON
  --help    this

They are kept for a week. A push whose message is older than a day is not sent any more.
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
  const config = readConfig()
  const logger = createLogger({ logLevel: 'silent' }, 'push cli')
  const redis = createRedis(config, logger, 'push cli')
  if (!(await redisReady(redis, 3000))) {
    redis.disconnect()
    throw new Misuse('Redis cannot be reached. Is "make run" running?')
  }
  const queue = createJobQueue(redis, { name: queueName, attempts: config.pushAttempts, logger })
  try {
    const { value, text } = await act(queue, action, ids)
    process.stdout.write(values.json ? `${JSON.stringify(value, null, 2)}\n` : text)
    return 0
  } finally {
    await queue.close()
    redis.disconnect()
  }
}

interface Answer {
  value: unknown
  text: string
}

async function act(queue: JobQueue, action: string, ids: string[]): Promise<Answer> {
  switch (action) {
    case 'list': {
      const dead = await queue.dead()
      return { value: dead, text: listText(dead) }
    }
    case 'retry':
      return settle(ids.length > 0 ? ids : await every(queue), (id) => queue.retry(id), 'to be tried again')
    case 'discard':
      if (ids.length === 0) throw new Misuse('Say which: discard ID … or discard all')
      return settle(ids[0] === 'all' ? await every(queue) : ids, (id) => queue.discard(id), 'discarded')
    default:
      throw new Misuse(`There is no command "${action}".\n\n${help}`)
  }
}

const every = async (queue: JobQueue) => (await queue.dead()).map(({ id }) => id)

async function settle(ids: string[], one: (id: string) => Promise<boolean>, word: string): Promise<Answer> {
  const settled: string[] = []
  for (const id of ids) if (await one(id)) settled.push(id)
  const missing = ids.filter((id) => !settled.includes(id))
  const lines = [`${settled.length} ${word}.`, ...missing.map((id) => `${id} is no push that was given up.`)]
  return { value: { done: settled, missing }, text: `${lines.join('\n')}\n` }
}

function listText(dead: readonly DeadJob[]): string {
  if (dead.length === 0) return 'No push has been given up.\n'
  const rows = dead.map(({ id, data, tries, why, diedAt }) => [
    id,
    String(data.platform),
    String(data.conversationId),
    String(data.at),
    String(tries),
    diedAt,
    why,
  ])
  return tableText(['push', 'platform', 'conversation', 'message of', 'tries', 'given up', 'why'], rows)
}

await runCommand(main, (error) => error instanceof Misuse)
