import { randomUUID } from 'node:crypto'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

/** Jobs a second of bare BullMQ: chains of jobs that do nothing but add the next, as many at once as the engine does. */
export async function bareJobs(redisUrl: string, chains: number, each: number, concurrency: number): Promise<number> {
  const name = `bare-${randomUUID()}`
  const connect = () => new Redis(redisUrl, { maxRetriesPerRequest: null })
  const [adding, working] = [connect(), connect()]
  const queue = new Queue<{ step: number }>(name, { connection: adding })
  let left = chains
  let done: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    done = resolve
  })
  const worker = new Worker<{ step: number }>(
    name,
    async ({ data: { step } }) => {
      if (step < each) await queue.add('step', { step: step + 1 }, { removeOnComplete: true })
      else if (--left === 0) done()
    },
    { connection: working, concurrency, autorun: false },
  )
  await queue.addBulk(
    Array.from({ length: chains }, () => ({ name: 'step', data: { step: 1 }, opts: { removeOnComplete: true } })),
  )
  const began = performance.now()
  const running = worker.run()
  await finished
  const rate = (chains * each) / ((performance.now() - began) / 1000)
  await worker.close()
  await running
  await queue.obliterate({ force: true })
  await queue.close()
  for (const connection of [adding, working]) connection.disconnect()
  return rate
}
