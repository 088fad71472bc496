import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Figure, percentile } from './figure.ts'
import { openHouse } from './house.ts'
import { openWriting } from './writing.ts'

const everyProbe = 10

/** From the append's start until a reader of Postgres sees the row, at a steady rate. */
export async function visible(ratePerSecond: number, seconds: number): Promise<Figure> {
  const house = await openHouse(['event-store', 'postgres', 'command-api', 'projectors'])
  try {
    const { config } = house.stack
    const writing = await openWriting(config, house.workspaceId, house.widgetId)
    const conversations = await Promise.all(Array.from({ length: 100 }, () => writing.conversation(1)))
    const pool = new pg.Pool({ connectionString: config.readDatabaseUrl, max: 4 })
    const measured: number[] = []
    const probes: Promise<void>[] = []
    const probe = async (id: string, began: number) => {
      for (;;) {
        const { rowCount } = await pool.query('select 1 from read.messages where id = $1', [id])
        if (rowCount) break
        await sleep(2)
      }
      measured.push(performance.now() - began)
    }
    await steadily(ratePerSecond, seconds + 2, async (n) => {
      const to = conversations[n % conversations.length]
      if (to === undefined) return
      const began = performance.now()
      const { messageId } = await writing.say(to)
      // The first two seconds warm up.
      if (n > ratePerSecond * 2 && n % everyProbe === 0) probes.push(probe(messageId, began))
    })
    await Promise.all(probes)
    await pool.end()
    await writing.close()
    return {
      name: `append → row visible, p99, ${ratePerSecond} messages/s`,
      unit: ' ms',
      ours: percentile(measured, 0.99),
      aim: { most: 100 },
      notes: { p50: percentile(measured, 0.5), p95: percentile(measured, 0.95), samples: measured.length },
    }
  } finally {
    await house.close()
  }
}

/** Calls work at a steady rate, whatever each call takes; waits for all. Calls on one of the hundred targets do not overlap at these rates. */
export async function steadily(
  ratePerSecond: number,
  seconds: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  const began = performance.now()
  const under: Promise<void>[] = []
  for (let n = 0; n < ratePerSecond * seconds; ) {
    const due = ((performance.now() - began) / 1000) * ratePerSecond
    for (; n < due && n < ratePerSecond * seconds; n++) under.push(work(n))
    await sleep(2)
  }
  await Promise.all(under)
}
