import fc from 'fast-check'
import type { Batch } from '../../../infra/runtime/event-store/log.ts'
import type { Recorded } from '../../../schemas/envelope.ts'
import { stories } from './histories.ts'

export const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'Africa/Cairo',
]

/** Around the times after the first, which is now, clocks change, or it is midnight somewhere. */
const eras = [
  [
    '2026-04-06T11:30:00Z',
    '2026-03-29T01:00:00Z',
    '2026-03-28T23:00:00Z',
    '2026-03-29T22:00:00Z',
    '2026-03-08T07:00:00Z',
    '2026-04-04T14:00:00Z',
    '2026-04-05T18:30:00Z',
    '2026-03-08T00:00:00Z',
  ],
  [
    '2018-11-20T12:00:00Z',
    '2018-11-04T03:00:00Z',
    '2018-11-05T02:00:00Z',
    '2018-10-28T01:00:00Z',
    '2018-11-04T06:00:00Z',
  ],
  ['2018-02-20T02:30:00Z', '2018-02-18T02:00:00Z', '2018-02-18T03:00:00Z', '2018-02-20T00:00:00Z'],
].map((times) => times.map((time) => Date.parse(time)))

/** What happens, when it is looked at and how far back, and how the log is cut. */
export const run = fc
  .tuple(fc.constantFrom(...eras), fc.constantFrom(1, 7, 30, 365))
  .chain(([[now = 0, ...instants], days]) =>
    fc.record({
      now: fc.constant(now),
      stories: stories(now, days, [now, ...instants]),
      days: fc.constant(days),
      sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
      chance: fc.infiniteStream(fc.nat()),
    }),
  )

export function cut(log: readonly Recorded[], sizes: readonly number[]): Batch[] {
  const batches: Batch[] = []
  for (let from = 0, turn = 0; from < log.length; turn++) {
    const events = log.slice(from, from + (sizes[turn % sizes.length] ?? 1))
    from += events.length
    batches.push(batchOf(events))
  }
  return batches
}

export function batchOf(events: readonly Recorded[]): Batch {
  return { events: [...events], position: events.at(-1)?.position ?? { commit: 0n, prepare: 0n }, caughtUp: false }
}
