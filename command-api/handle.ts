import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandContext, type EventLog, LogUnavailable, WrongRevision } from '../infra/runtime/event-store/log.ts'
import { KeyedQueue } from '../infra/runtime/keyed-queue.ts'
import type { LogPosition, Recorded } from '../schemas/envelope.ts'
import { Rejection } from '../schemas/rejection.ts'
import { streamOf } from '../schemas/streams.ts'
import type { Decider } from './domain/decider.ts'
import { type Folded, fold, States } from './states.ts'

/** How often a command that lost a race decides again before it answers 409. */
const attempts = 12

export interface Handled<State> {
  state: State
  revision: number
  position: LogPosition | undefined
  /** What it appended; empty where there was nothing to do, or where it had been done before. */
  events: readonly Recorded[]
  /** Revision of the first event of this command, also when an earlier try appended it. */
  first: number
}

export interface Conditions {
  /** The revision that the caller has seen (If-Match). */
  ifMatch?: number | undefined
}

type Event = { type: string; data: unknown }

/** Load → decide → append (DESIGN.md section 4). The only place that writes to the log. */
export interface Handle {
  <S, C, E extends Event>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    context: CommandContext,
    conditions?: Conditions,
  ): Promise<Handled<S>>
  /** A state for a look, not older than the given milliseconds. */
  look<S, C, E extends Event>(decider: Decider<S, C, E>, id: string, maxAgeMs: number): Promise<Folded<S>>
  /** A state as it was at a revision, read from the log. */
  at<S, C, E extends Event>(decider: Decider<S, C, E>, id: string, revision: number): Promise<Folded<S>>
}

export function createHandle(log: EventLog, options: { cachedEvents: number }): Handle {
  const states = new States(log, options.cachedEvents)
  const queue = new KeyedQueue()

  const handle = <S, C, E extends Event>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    context: CommandContext,
    conditions: Conditions = {},
  ): Promise<Handled<S>> =>
    queue.run(streamOf(decider.noun, id), () => settle(decider, id, command, context, conditions))

  async function settle<S, C, E extends Event>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    context: CommandContext,
    conditions: Conditions,
  ): Promise<Handled<S>> {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const cached = attempt === 1 ? states.cached(decider, id) : undefined
      const folded = cached ?? (await states.fresh(decider, id))
      const decided = attemptDecision(decider, folded, command, context, conditions)
      // A refusal, or nothing to do, may rest on a state that another process has moved on from.
      if (cached !== undefined && (decided.kind === 'refused' || decided.kind === 'nothing')) continue
      if (decided.kind === 'refused') throw decided.error
      if (decided.kind === 'repeat') return repeated(decider, id, folded, decided.first, decided.last)
      if (decided.events.length === 0) return outcome(folded, [], folded.revision)
      const written = await write(decider, id, folded, decided.events, context)
      if (written !== undefined) return written
      await sleep(Math.random() * 5 * attempt)
    }
    throw new Rejection('conflict', 'Others were changing this at the same time. Please try again.')
  }

  /** Appends and folds; undefined when somebody else wrote first. */
  async function write<S, C, E extends Event>(
    decider: Decider<S, C, E>,
    id: string,
    folded: Folded<S>,
    events: E[],
    context: CommandContext,
  ): Promise<Handled<S> | undefined> {
    try {
      const stream = streamOf(decider.noun, id)
      const appended = await log.append({ stream, expected: folded.revision, prevHash: folded.hash, events, context })
      const after = appended.events.reduce((before, recorded) => fold(decider, before, recorded), folded)
      const kept = { ...after, position: appended.position, seenAt: performance.now() }
      states.keep(decider, id, kept)
      return outcome(kept, appended.events, folded.revision + 1)
    } catch (error) {
      if (error instanceof WrongRevision) return undefined
      // Whatever became of it, the cached state may be behind now.
      if (error instanceof LogUnavailable) states.forget(decider, id)
      throw error
    }
  }

  /** What the command answered when it was carried out: the state as it was then. */
  async function repeated<S, C, E extends Event>(
    decider: Decider<S, C, E>,
    id: string,
    folded: Folded<S>,
    first: number,
    last: number,
  ): Promise<Handled<S>> {
    return outcome(last === folded.revision ? folded : await states.at(decider, id, last), [], first)
  }

  async function look<S, C, E extends Event>(
    decider: Decider<S, C, E>,
    id: string,
    maxAgeMs: number,
  ): Promise<Folded<S>> {
    const recent = () => {
      const known = states.cached(decider, id)
      return known !== undefined && performance.now() - known.seenAt <= maxAgeMs ? known : undefined
    }
    // Many may wait for the same look: the first one's will do for all.
    return recent() ?? queue.run(streamOf(decider.noun, id), async () => recent() ?? states.fresh(decider, id))
  }

  const at: Handle['at'] = (decider, id, revision) => states.at(decider, id, revision)

  return Object.assign(handle, { look, at })
}

type Decided<E> =
  | { kind: 'events'; events: E[] }
  | { kind: 'nothing'; events: [] }
  | { kind: 'repeat'; first: number; last: number }
  | { kind: 'refused'; error: Rejection }

function attemptDecision<S, C, E extends Event>(
  decider: Decider<S, C, E>,
  folded: Folded<S>,
  command: C,
  { commandId, request }: CommandContext,
  { ifMatch }: Conditions,
): Decided<E> {
  const done = decider.done(folded.state, commandId)
  if (done !== undefined) {
    if (done.request === request) return { kind: 'repeat', first: done.first, last: done.last }
    const detail = 'This Idempotency-Key was used for another request: take a new key for each request.'
    return { kind: 'refused', error: new Rejection('idempotency-key-reused', detail) }
  }
  if (ifMatch !== undefined && ifMatch !== folded.revision && folded.revision >= 0) {
    const detail = `If-Match names revision ${ifMatch}, but it is at revision ${folded.revision} now: read it again.`
    return { kind: 'refused', error: new Rejection('precondition-failed', detail) }
  }
  try {
    const events = decider.decide(folded.state, command)
    return events.length === 0 ? { kind: 'nothing', events: [] } : { kind: 'events', events }
  } catch (error) {
    if (error instanceof Rejection) return { kind: 'refused', error }
    throw error
  }
}

function outcome<S>(folded: Folded<S>, events: readonly Recorded[], first: number): Handled<S> {
  return { state: folded.state, revision: folded.revision, position: folded.position, events, first }
}
