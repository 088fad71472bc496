import { readConfig } from '../infra/runtime/config.ts'
import { createJobQueue, type DeadJob, type JobQueue } from '../infra/runtime/jobs/queue.ts'
import { createLogger } from '../infra/runtime/logger.ts'
import { createRedis, redisReady } from '../infra/runtime/redis.ts'
import { tableText } from '../infra/runtime/table-text.ts'
import { type Answer, each, lookAfter, Misuse, named, namedOrAll, noSuchAction, settled } from './after-care.ts'

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

/** Runs a command that lists the dead jobs of a queue, has them tried again, or forgets them. */
export function lookAfterQueue(letters: DeadLetters): Promise<never> {
  // A job keeps the number of tries that it was made with.
  const ofQueue = { name: letters.queue, attempts: 1 }
  return lookAfter({
    help: letters.help,
    act: (action, ids) => withQueue(ofQueue, (queue) => act(letters, queue, action, ids)),
  })
}

/** Does something with a queue, as a command may: where Redis does not answer, it says so. Throws Misuse. */
export async function withQueue<T>(
  { name, attempts }: { name: string; attempts: number },
  work: (queue: JobQueue) => Promise<T>,
): Promise<T> {
  const logger = createLogger({ logLevel: 'silent' }, `${name} cli`)
  const redis = createRedis(readConfig(), logger, `${name} cli`)
  if (!(await redisReady(redis, 3000))) {
    redis.disconnect()
    throw new Misuse('Redis cannot be reached. Is "make run" running?')
  }
  const queue = createJobQueue(redis, { name, attempts, logger })
  try {
    return await work(queue)
  } finally {
    await queue.close()
    redis.disconnect()
  }
}

async function act(letters: DeadLetters, queue: JobQueue, action: string, ids: string[]): Promise<Answer> {
  const unknown = `is no ${letters.noun} that was given up`
  switch (action) {
    case 'list': {
      const dead = await queue.dead()
      return { value: dead, text: listText(letters, dead) }
    }
    case 'retry': {
      const wanted = namedOrAll(ids) ?? (await every(queue))
      return settled(wanted, await each(wanted, (id) => queue.retry(id)), { word: 'to be tried again', unknown })
    }
    case 'discard': {
      const wanted = named('discard', ids) ?? (await every(queue))
      return settled(wanted, await each(wanted, (id) => queue.discard(id)), { word: 'discarded', unknown })
    }
    default:
      throw noSuchAction(action, letters.help)
  }
}

const every = async (queue: JobQueue) => (await queue.dead()).map(({ id }) => id)

function listText({ noun, heads, row }: DeadLetters, dead: readonly DeadJob[]): string {
  if (dead.length === 0) return `No ${noun} has been given up.\n`
  const rows = dead.map((job) => [job.id, ...row(job), String(job.tries), job.diedAt, job.why])
  return tableText([noun, ...heads, 'tries', 'given up', 'why'], rows)
}
