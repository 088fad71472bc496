import type { ChildProcess } from 'node:child_process'
import { rateOf } from '../figure.ts'
import { type House, openHouse } from '../house.ts'
import { openWriting, type Writing, type Written } from '../writing.ts'
import { dismiss, helper } from './child.ts'
import type { Protocol } from './protocols.ts'
import { type ReadUsage, usageOfHelper, usageOfService } from './usage.ts'

/** A server under measurement: ours, or a bare one. */
export interface Stage {
  /** Of the rooms, by number; words of usual length, so many times. Resolves when they are with the server, or in the log. */
  say(room: number, words: string, count: number): Promise<void>
  /** Sockets that have entered the rooms, in turn; they stay until `dismiss`. */
  gather(sockets: number): Promise<ChildProcess>
  usage: ReadUsage
}

export interface Crowded {
  sockets: number
  rooms: number
}

/** Ours: for each protocol a fresh process of realtime, and conversations in the log. */
export interface Theatre {
  play<T>(protocol: Protocol, work: (stage: Stage) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export async function openTheatre(roomCount: number): Promise<Theatre> {
  const house = await openHouse(['event-store', 'postgres', 'redis', 'command-api', 'realtime'])
  const { stack, workspaceId, widgetId } = house
  const writing = await openWriting(stack.config, workspaceId, widgetId)
  const rooms: Written[] = []
  await rateOf(roomCount, 64, async (n) => {
    rooms[n] = await writing.conversation(1)
  })
  return {
    async play(protocol, work) {
      await restart(house)
      const origin = stack.url('realtime').replace('http', 'ws')
      const names = rooms.map(({ id }) => id)
      const usage = usageOfService(stack.url('realtime'))
      return withCrowds({ origin, dialect: protocol.dialect, rooms: names }, (gather) =>
        work({ say: inTurn(writing, rooms), gather, usage }),
      )
    },
    async close() {
      await writing.close()
      await house.close()
    },
  }
}

async function restart({ stack }: House): Promise<void> {
  await stack.kill('realtime', 'SIGTERM')
  await stack.start('realtime')
  await stack.waitReady('realtime')
}

/** A conversation is written by one writer at a time. */
function inTurn(writing: Writing, rooms: readonly Written[]): Stage['say'] {
  const turns = rooms.map((): Promise<void> => Promise.resolve())
  return (n, words, count) => {
    const room = rooms[n]
    if (room === undefined) throw new Error(`There is no room ${n}.`)
    const turn = (turns[n] ?? Promise.resolve()).then(() => writing.sayMany(room, count, words))
    turns[n] = turn
    return turn
  }
}

/** The bare part: the words of one of our frames, so that the bytes are the same. */
export async function playBare<T>(
  { bare }: Protocol,
  roomCount: number,
  sample: string,
  work: (stage: Stage & { sayEverywhere(times: number): void }) => Promise<T>,
): Promise<T> {
  const names = Array.from({ length: roomCount }, (_, n) => `room-${n}`)
  const { child: server, first } = await helper<{ port: number }>(bare.file)
  try {
    const origin = `ws://127.0.0.1:${first.port}`
    return await withCrowds({ origin, dialect: bare.dialect, rooms: names }, (gather) =>
      work({
        async say(room, words, count) {
          server.send({ room: names[room], text: sample.replace(/@[\d.]+@/, words), times: count })
        },
        sayEverywhere: (times) => void server.send({ room: '*', text: sample, times }),
        gather,
        usage: usageOfHelper(server),
      }),
    )
  } finally {
    await dismiss(server)
  }
}

type Where = Pick<Parameters<typeof helper>[1] & object, 'origin' | 'dialect' | 'rooms'>

/** Whoever was gathered and not dismissed goes home at the end. */
async function withCrowds<T>(where: Where, work: (gather: Stage['gather']) => Promise<T>): Promise<T> {
  const crowds: ChildProcess[] = []
  try {
    return await work(async (sockets) => {
      const { child } = await helper('./audience.js', { ...where, sockets })
      crowds.push(child)
      return child
    })
  } finally {
    await Promise.all(crowds.filter(({ connected }) => connected).map(dismiss))
  }
}
