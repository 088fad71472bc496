import { framesOf, helper } from './child.ts'
import { type Figure, percentile } from './figure.ts'
import { type House, openHouse } from './house.ts'
import { steadily } from './visible.ts'
import { openWriting, type Written } from './writing.ts'

const sockets = 1000
/** What is measured is the fan-out: several messages an append keep the event store from being what limits it. */
const inAppend = 5

/** Frames a second to 1,000 sockets in rooms, beside bare `ws` sending the same bytes to the same rooms. */
export async function frames(messages: number): Promise<Figure> {
  const house = await openHouse(['event-store', 'postgres', 'redis', 'command-api', 'realtime'])
  try {
    const roomCount = 20
    const expected = (messages * sockets) / roomCount
    const ours = await withCrowd(house, roomCount, async ({ crowd, say }) => {
      const began = Date.now()
      let next = 0
      // Each room's conversation is written by one writer at a time.
      const writer = async (room: number) => {
        while (next < messages) {
          next += inAppend
          await say(room, inAppend)
        }
      }
      await Promise.all(Array.from({ length: roomCount }, (_, room) => writer(room)))
      const { frames: received, lastAt } = await framesOf(crowd, expected)
      if (received < expected) throw new Error(`${received} of ${expected} frames arrived`)
      return expected / ((lastAt - began) / 1000)
    })
    return {
      name: 'frames to 1,000 sockets in rooms',
      unit: '/s',
      ours,
      bare: { what: 'bare ws, the same bytes', value: await bareFrames(messages, roomCount, expected) },
      aim: { ratio: 0.5 },
      notes: { 'messages an append': inAppend },
    }
  } finally {
    await house.close()
  }
}

/** From the append's start until the frame is at a socket, at a steady rate. */
export async function delay(ratePerSecond: number, seconds: number): Promise<Figure> {
  const house = await openHouse(['event-store', 'postgres', 'redis', 'command-api', 'realtime'])
  try {
    const roomCount = 500
    const delays = await withCrowd(house, roomCount, async ({ crowd, say }) => {
      let sent = 0
      await steadily(ratePerSecond, seconds, async (n) => {
        sent++
        await say(n % roomCount)
      })
      const tally = await framesOf(crowd, (sent * sockets) / roomCount)
      // The first fifth warms up.
      return tally.delays.slice(tally.delays.length / 5)
    })
    return {
      name: `append → frame at a socket, p99, ${ratePerSecond} messages/s`,
      unit: ' ms',
      ours: percentile(delays, 0.99),
      aim: { most: 50 },
      notes: { p50: percentile(delays, 0.5), p95: percentile(delays, 0.95), samples: delays.length },
    }
  } finally {
    await house.close()
  }
}

interface Crowded {
  crowd: Awaited<ReturnType<typeof helper>>['child']
  say(room: number, count?: number): Promise<void>
}

async function withCrowd<T>(
  { stack, workspaceId, widgetId }: House,
  roomCount: number,
  work: (crowded: Crowded) => Promise<T>,
): Promise<T> {
  const writing = await openWriting(stack.config, workspaceId, widgetId)
  const rooms = await Promise.all(Array.from({ length: roomCount }, () => writing.conversation(1)))
  const names = rooms.map(({ id }) => `conversation:${id}`)
  const url = `${stack.url('realtime').replace('http', 'ws')}/realtime`
  const { child: crowd } = await helper('./audience.js', [url, String(sockets), 'parley', ...names])
  try {
    const turns = rooms.map((): Promise<void> => Promise.resolve())
    const say = (room: number, count = 1): Promise<void> => {
      const turn = (turns[room] ?? Promise.resolve()).then(() => speak(rooms[room], count))
      turns[room] = turn
      return turn
    }
    const speak = async (to: Written | undefined, count: number) => {
      if (to)
        await writing.sayMany(to, count, `a message of usual length @${performance.timeOrigin + performance.now()}@`)
    }
    return await work({ crowd, say })
  } finally {
    crowd.disconnect()
    await writing.close()
  }
}

async function bareFrames(messages: number, roomCount: number, expected: number): Promise<number> {
  const names = Array.from({ length: roomCount }, (_, n) => `room-${n}`)
  const { child: server, first } = await helper<{ port: number }>('./bare-rooms.js', [])
  const { child: crowd } = await helper('./audience.js', [
    `ws://127.0.0.1:${first.port}`,
    String(sockets),
    'bare',
    ...names,
  ])
  const began = Date.now()
  server.send({ room: '*', text: JSON.stringify({ type: 'event', filler: 'x'.repeat(450) }), times: messages })
  const { frames: received, lastAt } = await framesOf(crowd, expected)
  crowd.disconnect()
  server.disconnect()
  if (received < expected) throw new Error(`${received} of ${expected} frames arrived over bare ws`)
  return expected / ((lastAt - began) / 1000)
}
