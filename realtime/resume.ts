import { setTimeout as sleep } from 'node:timers/promises'
import { UndecodableEvent } from '../infra/runtime/event-store/decode.ts'
import { type EventLog, isUndecodable, LogUnavailable } from '../infra/runtime/event-store/log.ts'
import { comparePositions, type LogPosition, type Recorded } from '../schemas/envelope.ts'
import { parseStream } from '../schemas/streams.ts'
import type { Gate } from './gate.ts'
import type { Member } from './member.ts'
import { inConversation, inQueue, type Sighting, withheld } from './sighting.ts'

/** What lies after a place, in order, up to the end as it stands when it is asked. */
export type Source<Place> = (after: Place) => AsyncIterable<Sighting<Place>>

export interface Patience {
  /** How often a read may bring nothing new although the feed has shown that there is something. */
  attempts: number
  /** Waits before the next try; `fruitless` counts those that brought nothing. */
  wait: (fruitless: number) => Promise<void>
}

const patience: Patience = {
  attempts: 10,
  wait: (fruitless) => sleep(Math.min(10 * 2 ** fruitless, 1000)),
}

/** The queue cannot be resumed from so far back: load it anew. */
export class TooFarBehind extends Error {
  override name = 'TooFarBehind'
}

/**
 * Brings a member from what its client has to the present, and makes it live. The member must be in its room already, so that what
 * comes while the stream is read is kept. The peer's pace is the pace. Throws LogUnavailable.
 *
 * A read may end before what the feed has brought (a follower of the log's leader that lags), or too much may have come to be kept:
 * then it reads on from what was sent.
 */
export async function bringUpToDate<Place>(
  member: Member<Place>,
  source: Source<Place>,
  { attempts, wait }: Patience = patience,
): Promise<void> {
  // A client that has what the feed has brought needs no read: so a crowd that comes back at once costs the log little.
  if (member.hasAllBrought && member.goLive()) return
  let fruitless = 0
  while (!member.isGone) {
    const before = member.sent
    for await (const sighting of source(before)) {
      member.take(sighting)
      const drained = member.peer.drained()
      if (drained) await drained
      if (member.isGone) return
    }
    if (member.goLive()) return
    fruitless = member.sent === before ? fruitless + 1 : 0
    if (fruitless >= attempts) throw new LogUnavailable('The log does not show what its feed has brought.')
    if (fruitless > 0) await wait(fruitless)
  }
}

/** Goes on with a live member that has fallen behind: what was kept may do, and else the stream is read. */
export async function goOn<Place>(member: Member<Place>, source: Source<Place>, patience?: Patience): Promise<void> {
  const drained = member.peer.drained()
  if (drained) await drained
  if (!member.isGone && !member.goLive()) await bringUpToDate(member, source, patience)
}

/** Events read at once; the gate is held no longer than for so many, so that a slow peer holds up nobody. */
const chunk = 64

export function conversationSource(log: EventLog, gate: Gate, stream: string): Source<number> {
  return async function* after(revision) {
    let from = revision + 1
    for (;;) {
      const { sightings, isLast } = await gate.run(() => readOn(log, stream, from))
      yield* sightings
      if (isLast) return
      from = (sightings.at(-1)?.place ?? from) + 1
    }
  }
}

interface Read {
  sightings: Sighting<number>[]
  isLast: boolean
}

async function readOn(log: EventLog, stream: string, from: number): Promise<Read> {
  try {
    const events = await collect(log.readStream(stream, { from, max: chunk }))
    return { sightings: events.map(inConversation), isLast: events.length < chunk }
  } catch (error) {
    if (!(error instanceof UndecodableEvent)) throw error
    return readOne(log, stream, from)
  }
}

/** One of the next events cannot be decoded: those before it are read one by one, and it is passed over. */
async function readOne(log: EventLog, stream: string, from: number): Promise<Read> {
  try {
    const events = await collect(log.readStream(stream, { from, max: 1 }))
    return { sightings: events.map(inConversation), isLast: events.length === 0 }
  } catch (error) {
    if (!(error instanceof UndecodableEvent)) throw error
    return { sightings: [withheld(from)], isLast: false }
  }
}

/**
 * The queue of a workspace from a position to where the feed stands: what comes later, the feed brings. Reads the log of all
 * workspaces, so that it is bounded. Throws TooFarBehind.
 */
export function queueSource(
  log: EventLog,
  workspaceId: string,
  feedPosition: () => LogPosition,
  maxEvents: number,
): Source<LogPosition> {
  return async function* after(position) {
    const end = feedPosition()
    if (comparePositions(position, end) >= 0) return
    const stop = new AbortController()
    let considered = 0
    try {
      for await (const batch of log.subscribe({ after: position, maxBatch: 256, signal: stop.signal })) {
        for (const event of batch.events) {
          if (isUndecodable(event)) yield withheld(event.position)
          else if (isOfQueue(event, workspaceId)) yield inQueue(event)
        }
        considered += batch.events.length
        if (considered > maxEvents) throw new TooFarBehind('This position lies too far back.')
        if (batch.caughtUp || comparePositions(batch.position, end) >= 0) return
      }
    } finally {
      stop.abort()
    }
  }
}

export function isOfQueue({ stream, meta }: Recorded, workspaceId: string): boolean {
  return meta.workspaceId === workspaceId && parseStream(stream)?.noun === 'conversation'
}

async function collect(events: AsyncIterable<Recorded>): Promise<Recorded[]> {
  const collected: Recorded[] = []
  for await (const event of events) collected.push(event)
  return collected
}
