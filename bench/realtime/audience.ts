import { WebSocket } from 'ws'
import { type DialectName, dialects } from './dialects.ts'

/** What the parent says first. Each socket enters a room in turn. */
export interface AudienceOrder {
  /** `ws://…`, without a path. */
  origin: string
  dialect: DialectName
  sockets: number
  rooms: string[]
}

/** What has come so far. */
export interface Tally {
  frames: number
  lastAt: number
  /** How long each took whose words are a time; milliseconds. */
  delays: number[]
  /** The last one that came. */
  sample: string
}

const atOnce = 50
const tally: Omit<Tally, 'sample'> = { frames: 0, lastAt: 0, delays: [] }
let last: Buffer | undefined
/** Reading the time of every frame would cost more than to receive it. */
let timed = 1

/** The bytes of a time in the words of a message, as the bench writes it. */
const time = /@(\d+\.\d+)@/

function take(data: Buffer): void {
  tally.frames++
  tally.lastAt = Date.now()
  last = data
  if (tally.frames % timed !== 0) return
  const found = time.exec(data.toString())
  if (found) tally.delays.push(performance.timeOrigin + performance.now() - Number(found[1]))
}

async function connect({ origin, dialect: name, rooms }: AudienceOrder, n: number): Promise<void> {
  const { path, greet, hear, mark } = dialects[name]
  const room = rooms[n % rooms.length] ?? ''
  const socket = new WebSocket(origin + path, { perMessageDeflate: false })
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', (code) => reject(new Error(`a socket was closed with ${code}`)))
    socket.on('open', () => {
      const words = greet(room)
      if (words !== undefined) socket.send(words)
    })
    socket.on('message', (data: Buffer) => {
      if (data.includes(mark)) {
        take(data)
        return
      }
      const { say, entered } = hear(data.toString(), room)
      if (say !== undefined) socket.send(say)
      if (entered) resolve()
    })
  })
}

async function gather(order: AudienceOrder): Promise<void> {
  timed = order.rooms.length * 10 > order.sockets ? 1 : 10
  for (let n = 0; n < order.sockets; n += atOnce) {
    const some = Math.min(atOnce, order.sockets - n)
    await Promise.all(Array.from({ length: some }, (_, k) => connect(order, n + k)))
  }
  process.send?.({ ready: true })
  process.on('message', () => process.send?.({ ...tally, sample: last?.toString() ?? '' }))
}

process.once('message', (order: AudienceOrder) => void gather(order))
process.on('disconnect', () => process.exit(0))
