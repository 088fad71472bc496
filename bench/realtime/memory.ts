import type { Figure } from '../figure.ts'
import { dismiss } from './child.ts'
import { type ProtocolName, protocols } from './protocols.ts'
import { openTheatre, playBare, type Stage } from './stage.ts'
import { memoryAtRest } from './usage.ts'

const inRoom = 2
/** Those who come first load what is loaded at need, and are gone when it is measured. */
const early = 200

/** What each of so many idle sockets that have entered a room adds to the memory of the server (RSS), beside its bare library. */
export async function memory(sockets: number, names: readonly ProtocolName[]): Promise<Figure[]> {
  const rooms = Math.max(1, Math.round(sockets / inRoom))
  const theatre = await openTheatre(rooms)
  const figures: Figure[] = []
  try {
    for (const name of names) {
      const protocol = protocols[name]
      const ours = await theatre.play(protocol, (stage) => measure(stage, sockets))
      const bare = await playBare(protocol, rooms, '', (stage) => measure(stage, sockets))
      figures.push({
        name: `memory a socket, ${sockets.toLocaleString('en')} idle, ${protocol.title}`,
        unit: ' KB',
        ours: ours.each,
        bare: { what: protocol.bare.what, value: bare.each },
        aim: {},
        notes: { 'MB without': ours.without, 'MB with': ours.withAll, 'MB with, bare': bare.withAll },
      })
    }
  } finally {
    await theatre.close()
  }
  return figures
}

async function measure(
  { gather, usage }: Stage,
  sockets: number,
): Promise<{ each: number; without: number; withAll: number }> {
  await dismiss(await gather(early))
  const without = await memoryAtRest(usage)
  await gather(sockets)
  const withAll = await memoryAtRest(usage)
  return { each: (withAll - without) / sockets / 1024, without: without / 2 ** 20, withAll: withAll / 2 ** 20 }
}
