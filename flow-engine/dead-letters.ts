import { parseArgs } from 'node:util'
import { runCommand } from '../infra/runtime/command-line.ts'
import { readConfig } from '../infra/runtime/config.ts'
import { createJobQueue, type DeadJob, type JobQueue } from '../infra/runtime/jobs/queue.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createRedis, redisReady } from '../infra/runtime/redis.ts'
import { tableText } from '../infra/runtime/table-text.ts'

/** The jobs of a queue that nobody tries any more, as a command shows them. */
export interface DeadLetters {
  queue: string
  /** What a job is: "push". */
  noun: string
  help: string
  /** Heads of the table, beside tries, given up, and why. */
  heads: readonly string[]
  row: (job: DeadJob) => readonly string[]
}

class Misuse extends Error {
  override name = 'Misuse'
}

/** Runs a command that lists the dead jobs of a queue, has them tried again, or forgets them. */
export function lookAfter(letters: DeadLetters): Promise<void> {
  return runCommand(
    () => main(letters),
    (error) => error instanceof Misuse,
  )
}

async function main(letters: DeadLetters): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) {
    process.stdout.write(letters.help)
    return 0
  }
  const [action = 'list', ...ids] = positionals
  const config = readConfig()
  const logger = createLogger({ logLevel: 'silent' }, `${letters.queue} cli`)
  const redis = createRedis(config, logger, `${letters.queue} cli`)
  if (!(await redisReady(redis, 3000))) {
    redis.disconnect()
    throw new Misuse('Redis cannot be reached. Is "make run" running?')
  }
  // A job keeps the number of tries that it was made with.
  const queue = createJobQueue(redis, { name: letters.queue, attempts: 1, logger })
  try {
    const { value, text } = await act(letters, queue, action, ids)
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

async function act(letters: DeadLetters, queue: JobQueue, action: string, ids: string[]): Promise<Answer> {
  const { noun, help } = letters
  switch (action) {
    case 'list': {
      const dead = await queue.dead()
      return { value: dead, text: listText(letters, dead) }
    }
    case 'retry':
      return settle(noun, ids.length > 0 ? ids : await every(queue), (id) => queue.retry(id), 'to be tried again')
    case 'discard':
      if (ids.length === 0) throw new Misuse('Say which: discard ID … or discard all')
      return settle(noun, ids[0] === 'all' ? await every(queue) : ids, (id) => queue.discard(id), 'discarded')
    default:
      throw new Misuse(`There is no command "${action}".\n\n${help}`)
  }
}

const every = async (queue: JobQueue) => (await queue.dead()).map(({ id }) => id)

async function settle(
  noun: string,
  ids: string[],
  one: (id: string) => Promise<boolean>,
  word: string,
): Promise<Answer> {
  const settled: string[] = []
  for (const id of ids) if (await one(id)) settled.push(id)
  const missing = ids.filter((id) => !settled.includes(id))
  const lines = [`${settled.length} ${word}.`, ...missing.map((id) => `${id} is no ${noun} that was given up.`)]
  return { value: { done: settled, missing }, text: `${lines.join('\n')}\n` }
}

function listText({ noun, heads, row }: DeadLetters, dead: readonly DeadJob[]): string {
  if (dead.length === 0) return `No ${noun} has been given up.\n`
  const rows = dead.map((job) => [job.id, ...row(job), String(job.tries), job.diedAt, job.why])
  return tableText([noun, ...heads, 'tries', 'given up', 'why'], rows)
}
