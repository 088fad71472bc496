import type { Figure } from '../figure.ts'
import { framesOf } from './child.ts'
import { type ProtocolName, protocols } from './protocols.ts'
import { openTheatre, playBare, type Stage } from './stage.ts'

const inRoom = 50
const writers = 20
/** What is measured is the fan-out: several messages an append keep the event store from being what limits it. */
const inAppend = 5

interface FanOut {
  perSecond: number
  /** CPU time of the server for each frame, microseconds: what other processes on the same cores do not change. */
  cpuMicros: number
  sample: string
}

/** Frames a second to sockets in rooms of 50, over each protocol, beside its bare library sending the same bytes to the same rooms. */
export async function frames(messages: number, sockets: number, names: readonly ProtocolName[]): Promise<Figure[]> {
  const rooms = Math.max(1, Math.round(sockets / inRoom))
  const theatre = await openTheatre(rooms)
  const figures: Figure[] = []
  try {
    for (const name of names) {
      const protocol = protocols[name]
      const { sample, ...ours } = await theatre.play(protocol, (stage) =>
        fanOut(stage, { messages, sockets, rooms, write: (count) => writeAll(stage, rooms, count) }),
      )
      const bare = await playBare(protocol, rooms, sample, (stage) =>
        fanOut(stage, { messages, sockets, rooms, write: async (count) => stage.sayEverywhere(count) }),
      )
      figures.push({
        name: `frames to ${sockets.toLocaleString('en')} sockets in rooms, ${protocol.title}`,
        unit: '/s',
        ours: ours.perSecond,
        bare: { what: `${protocol.bare.what}, the same bytes`, value: bare.perSecond },
        aim: { ratio: 0.5 },
        notes: {
          'messages an append': inAppend,
          'bytes a frame': Buffer.byteLength(sample),
          'CPU µs a frame': ours.cpuMicros,
          'CPU µs a frame, bare': bare.cpuMicros,
        },
      })
    }
  } finally {
    await theatre.close()
  }
  return figures
}

interface Play {
  messages: number
  sockets: number
  rooms: number
  write: (messages: number) => Promise<void>
}

/** A fifth before is not counted. */
async function fanOut(stage: Stage, { messages, sockets, rooms, write }: Play): Promise<FanOut> {
  const audience = await stage.gather(sockets)
  const warmUp = Math.round(messages / 5)
  const perMessage = sockets / rooms
  await write(warmUp)
  await framesOf(audience, warmUp * perMessage)
  const before = await stage.usage()
  const began = Date.now()
  await write(messages)
  const { lastAt, sample } = await framesOf(audience, (warmUp + messages) * perMessage)
  const after = await stage.usage()
  const expected = messages * perMessage
  return {
    perSecond: expected / ((lastAt - began) / 1000),
    cpuMicros: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / expected,
    sample,
  }
}

/** Each room's conversation is written by one writer. */
async function writeAll({ say }: Stage, rooms: number, messages: number): Promise<void> {
  let next = 0
  const writer = async (first: number) => {
    for (let room = first; next < messages; room = (room + writers) % rooms) {
      next += inAppend
      await say(room, `a message of usual length @${performance.timeOrigin + performance.now()}@`, inAppend)
    }
  }
  await Promise.all(Array.from({ length: Math.min(writers, rooms) }, (_, n) => writer(n)))
}
