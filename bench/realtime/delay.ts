import { type Figure, percentile } from '../figure.ts'
import { steadily } from '../visible.ts'
import { framesOf } from './child.ts'
import { type ProtocolName, protocols } from './protocols.ts'
import { openTheatre, playBare, type Stage } from './stage.ts'

/** Two sockets in each room, as a visitor and an agent. */
const inRoom = 2

interface Steady {
  ratePerSecond: number
  seconds: number
  sockets: number
  rooms: number
}

/**
 * At a steady rate, from the append's start until the frame is at a socket; beside it, from telling the bare library's process until the
 * same bytes are there, with no log between.
 */
export async function delays(
  ratePerSecond: number,
  seconds: number,
  sockets: number,
  names: readonly ProtocolName[],
): Promise<Figure[]> {
  const rooms = Math.max(1, Math.round(sockets / inRoom))
  const theatre = await openTheatre(rooms)
  const steady = { ratePerSecond, seconds, sockets, rooms }
  const figures: Figure[] = []
  try {
    for (const name of names) {
      const protocol = protocols[name]
      const ours = await theatre.play(protocol, (stage) => measure(stage, steady))
      const bare = await playBare(protocol, rooms, ours.sample, (stage) => measure(stage, steady))
      figures.push({
        name: `append → frame, p99, ${ratePerSecond} messages/s, ${protocol.title}`,
        unit: ' ms',
        ours: percentile(ours.delays, 0.99),
        bare: { what: `${protocol.bare.what}, without a log`, value: percentile(bare.delays, 0.99) },
        aim: { most: 50 },
        notes: {
          sockets,
          p50: percentile(ours.delays, 0.5),
          p95: percentile(ours.delays, 0.95),
          'p50, bare': percentile(bare.delays, 0.5),
          samples: ours.delays.length,
        },
      })
    }
  } finally {
    await theatre.close()
  }
  return figures
}

/** The first fifth warms up. */
async function measure(
  { gather, say }: Stage,
  { ratePerSecond, seconds, sockets, rooms }: Steady,
): Promise<{ delays: number[]; sample: string }> {
  const audience = await gather(sockets)
  let said = 0
  await steadily(ratePerSecond, seconds, async (n) => {
    said++
    await say(n % rooms, `@${performance.timeOrigin + performance.now()}@`, 1)
  })
  const { delays, sample } = await framesOf(audience, (said * sockets) / rooms)
  return { delays: delays.slice(delays.length / 5), sample }
}
