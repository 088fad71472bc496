import { UndecodableEvent } from '../infra/runtime/event-store/decode.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import type { Recorded } from '../schemas/envelope.ts'
import { applyCarefully, type Poison } from './application.ts'
import { beginAt, commitAt } from './checkpoint.ts'
import { type Generation, start } from './generation.ts'
import { discard, lockParked, type Parked, park, unpark } from './quarantine.ts'
import type { Sql } from './sql.ts'

export type Outcome =
  /** All that was parked has been applied, and the stream is free again. */
  | { kind: 'released'; events: number }
  /** It stays parked, at this event. */
  | { kind: 'parked'; revision: number; error: string }
  /** It was not parked any more. */
  | { kind: 'gone' }

/**
 * Applies what is parked of a stream, in order, in one transaction, under the lock of the shard's checkpoint: the runner waits
 * meanwhile, then goes on with the events that come next. With `giveUp`, the poison event is left out for ever, by rebuilds too.
 */
export async function release(
  sql: Sql,
  log: EventLog,
  generation: Generation,
  parked: Parked,
  { giveUp }: { giveUp: boolean },
): Promise<Outcome> {
  const checkpoint = await beginAt(sql, generation, parked.shard)
  try {
    const now = await lockParked(sql, parked)
    const outcome: Outcome =
      now === undefined ? { kind: 'gone' } : await retried(sql, log, generation, now, now.revision + (giveUp ? 1 : 0))
    if (giveUp && now !== undefined) await discard(sql, now)
    await commitAt(sql, generation, parked.shard, { ...checkpoint, parked: checkpoint.parked + 1 })
    return outcome
  } catch (error) {
    await sql.query('rollback')
    throw error
  }
}

async function retried(
  sql: Sql,
  log: EventLog,
  generation: Generation,
  parked: Parked,
  from: number,
): Promise<Outcome> {
  const { events, unreadable } = await parkedEvents(log, parked, from)
  await unpark(sql, parked)
  const [poison = unreadable] = await applyCarefully(sql, generation, events)
  if (poison === undefined) return { kind: 'released', events: events.length }
  const { lastRevision, shard } = parked
  const { revision } = poison.event
  await park(sql, generation, shard, poison, { events: lastRevision - revision + 1, lastRevision })
  return { kind: 'parked', revision, error: poison.error.message }
}

/** What is parked of a stream, up to the first event that cannot be decoded. */
async function parkedEvents(
  log: EventLog,
  parked: Parked,
  from: number,
): Promise<{ events: Recorded[]; unreadable?: Poison }> {
  const { stream, lastRevision } = parked
  const events: Recorded[] = []
  for (let revision = from; revision <= lastRevision; revision++) {
    // One at a time: of a longer read, an event that cannot be decoded would take those before it along.
    try {
      for await (const event of log.readStream(stream, { from: revision, max: 1 })) events.push(event)
    } catch (error) {
      if (!(error instanceof UndecodableEvent)) throw error
      const type = revision === parked.revision ? parked.type : 'unknown'
      return { events, unreadable: { event: { stream, revision, type, position: start, error }, error } }
    }
  }
  return { events }
}
