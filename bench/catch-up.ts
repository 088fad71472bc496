import { setTimeout as sleep } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import pg from 'pg'
import { type Figure, rateOf } from './figure.ts'
import { openHouse } from './house.ts'
import { openWriting } from './writing.ts'

const messagesEach = 18

/** How fast all projections together catch up with a log, beside a bare readAll of the same log. */
export async function catchUp(conversations: number): Promise<Figure> {
  const house = await openHouse(['event-store', 'postgres', 'command-api', 'projectors'])
  try {
    const { stack } = house
    await stack.kill('projectors', 'SIGTERM')
    const writing = await openWriting(stack.config, house.workspaceId, house.widgetId)
    await rateOf(conversations, 16, () => writing.conversation(messagesEach))
    const head = await writing.log.head()
    await writing.close()
    const events = conversations * (messagesEach + 1)

    const client = EventStoreDBClient.connectionString(stack.config.eventStoreUrl)
    await readAll(client)
    const bare = await readAll(client)
    await client.dispose()

    const pool = new pg.Pool({ connectionString: stack.config.databaseUrl, max: 1 })
    const seconds = await timeUntil(pool, head?.commit ?? 0n, () => stack.start('projectors'))
    await pool.end()
    return {
      name: 'projection catch-up, all projections',
      unit: '/s',
      ours: events / seconds,
      bare: { what: 'readAll of the same log', value: bare },
      aim: { ratio: 0.3, least: 15_000 },
      notes: { events, seconds },
    }
  } finally {
    await house.close()
  }
}

export async function readAll(client: EventStoreDBClient): Promise<number> {
  const began = performance.now()
  let events = 0
  for await (const { event } of client.readAll()) if (event) events++
  return events / ((performance.now() - began) / 1000)
}

/** Seconds from the first move of a checkpoint until all have reached the position; starting the process does not count. */
export async function timeUntil(pool: pg.Pool, commit: bigint, start: () => Promise<void>): Promise<number> {
  const positions = async () => {
    const { rows } = await pool.query<{ least: string; most: string }>(
      'select min(commit) as least, max(commit) as most from read.positions',
    )
    return { least: BigInt(rows[0]?.least ?? 0), most: BigInt(rows[0]?.most ?? 0) }
  }
  const before = await positions()
  await start()
  let began: number | undefined
  for (;;) {
    const { least, most } = await positions()
    // The first batch was under way for about as long as a poll takes to see it.
    if (began === undefined && most > before.most) began = performance.now() - 100
    if (least >= commit) return (performance.now() - (began ?? performance.now())) / 1000
    await sleep(10)
  }
}
