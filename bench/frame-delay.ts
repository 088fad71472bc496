import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { gather } from './crowd.ts'
import { type Figure, percentile } from './figure.ts'
import { openHouse } from './house.ts'

const socketCount = 1000
const conversationCount = 500
const perSecond = 200
const tickMs = 10

/** From the time that an event carries (before it is stored) to its frame at a socket. */
export async function frameDelay(seconds: number): Promise<Figure> {
  const house = await openHouse(['event-store', 'postgres', 'redis', 'command-api', 'realtime'])
  const pool = new Pool(house.stack.url('command-api'), { connections: 64 })
  try {
    const conversations = await house.start(conversationCount)
    const delays: number[] = []
    let measuring = false
    const crowd = await gather({
      url: `${house.stack.url('realtime')}/realtime`,
      count: socketCount,
      greeting: (client) =>
        JSON.stringify({ type: 'join', room: `conversation:${conversations[client % conversationCount]}` }),
      onText: (text) => {
        if (measuring && text.startsWith('{"type":"event"'))
          delays.push(Date.now() - Date.parse(JSON.parse(text).event.at))
      },
    })
    await crowd.reached(2 * socketCount)

    let sent = 0
    const send = async () => {
      const path = `/api/conversations/${conversations[sent++ % conversationCount]}/messages`
      const body = JSON.stringify({ content: 'How long does this take?', senderType: 'visitor' })
      const reply = await pool.request({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })
      if (reply.statusCode !== 201) throw new Error(`a message was answered with ${reply.statusCode}`)
      await reply.body.dump()
    }
    const run = async (forSeconds: number) => {
      const began = performance.now()
      const sending: Promise<void>[] = []
      for (let due = 0; due < forSeconds * perSecond; ) {
        const now = Math.min(forSeconds * perSecond, ((performance.now() - began) / 1000) * perSecond)
        for (; due < now; due++) sending.push(send())
        await sleep(tickMs)
      }
      await Promise.all(sending)
    }
    await run(2)
    const before = crowd.frames
    measuring = true
    await run(seconds)
    await crowd.reached(before + (seconds * perSecond * socketCount) / conversationCount)
    crowd.close()
    return {
      name: `append → frame, p99, ${perSecond} messages/s, ${socketCount} sockets`,
      unit: ' ms',
      ours: percentile(delays, 0.99),
      aim: { most: 50 },
      notes: {
        p50: percentile(delays, 0.5),
        p999: percentile(delays, 0.999),
        most: percentile(delays, 1),
        frames: delays.length,
      },
    }
  } finally {
    await pool.close()
    await house.close()
  }
}
