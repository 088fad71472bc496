import { type Delivered, isUndecodable } from '../infra/runtime/event-store/log.ts'
import { isOutage } from '../infra/runtime/outage.ts'
import { parseStream } from '../schemas/streams.ts'
import { type Generation, schemaOf } from './generation.ts'
import type { Part } from './projection.ts'
import type { RowCache } from './row-cache.ts'
import type { Sql } from './sql.ts'
import { loadRows, writeTable } from './statements.ts'
import type { Row } from './table.ts'
import { Writes } from './writes.ts'

/** An event that could not be applied, and why. Its stream stands before it. */
export interface Poison {
  event: Delivered
  error: Error
}

/** The row of a stream before a batch, and as the batch has left it so far. */
interface State {
  before: Row | undefined
  after: Row | undefined
}

/**
 * Applies events, in log order, in a transaction that is under way: loads the rows of their streams, makes the changes, writes each
 * table once. Answers the events that could not be decoded or whose change threw, the first of each stream; what follows one in its
 * stream is left out. Throws what Postgres throws: an outage, or that some row cannot be written.
 */
export async function apply(
  sql: Sql,
  generation: Generation,
  events: readonly Delivered[],
  cache?: RowCache,
): Promise<Poison[]> {
  const { projection } = generation
  const schema = schemaOf(generation)
  const poisons = new Map<string, Poison>()
  const writes = new Writes()
  for (const part of projection.parts) {
    const own = events.filter(({ type }) => part.changes.has(type))
    if (own.length === 0) continue
    const states = await statesOf(sql, schema, part, own, cache)
    for (const event of own) {
      const state = states.get(event.stream)
      if (state === undefined || poisons.has(event.stream)) continue
      try {
        state.after = change(part, state.after, event, writes)
      } catch (error) {
        poisons.set(event.stream, { event, error: asError(error) })
      }
    }
    settle(part, states, writes, cache)
  }
  writes.feed(projection.tables)
  for (const table of projection.tables) await writeTable(sql, schema, table, writes.of(table))
  return [...poisons.values()]
}

/** Before the first event of a stream there is no row to look for. */
async function statesOf(
  sql: Sql,
  schema: string,
  { state }: Part,
  events: readonly Delivered[],
  cache: RowCache | undefined,
): Promise<Map<string, State>> {
  const states = new Map<string, State>()
  const unknown = new Map<string, string>()
  for (const { stream, revision } of events) {
    if (states.has(stream)) continue
    const row = revision === 0 ? undefined : cache?.get(stream)
    states.set(stream, { before: row, after: row })
    if (row === undefined && revision > 0) unknown.set(stream, idOf(stream))
  }
  if (unknown.size > 0) {
    const rows = await loadRows(sql, schema, state, [...unknown.values()])
    for (const [stream, id] of unknown) states.set(stream, { before: rows.get(id), after: rows.get(id) })
  }
  return states
}

function change({ changes }: Part, row: Row | undefined, event: Delivered, writes: Writes): Row {
  if (isUndecodable(event)) throw event.error
  const make = changes.get(event.type)
  if (make === undefined) throw new Error(`nothing is subscribed to ${event.type}`)
  const { row: after, ops = [] } = make(row, event)
  for (const op of ops) writes.take(op)
  return after
}

function settle(part: Part, states: ReadonlyMap<string, State>, writes: Writes, cache: RowCache | undefined): void {
  for (const [stream, { before, after }] of states) {
    if (after === undefined) continue
    cache?.stage(stream, after)
    if (after === before) continue
    writes.take({ kind: 'put', table: part.state, row: after })
    for (const op of part.settle(before, after)) writes.take(op)
  }
}

/**
 * The same for a batch of which some row cannot be written: halves it by streams until each culprit stands alone, and applies its
 * stream event by event up to it.
 */
export async function applyCarefully(
  sql: Sql,
  generation: Generation,
  events: readonly Delivered[],
): Promise<Poison[]> {
  const streams = [...byStream(events).values()]
  if (streams.length > 1) {
    const whole = await attempt(sql, generation, events)
    if (whole.ok) return whole.poisons
    const half = Math.ceil(streams.length / 2)
    const first = await applyCarefully(sql, generation, streams.slice(0, half).flat())
    return [...first, ...(await applyCarefully(sql, generation, streams.slice(half).flat()))]
  }
  for (const event of events) {
    const one = await attempt(sql, generation, [event])
    if (!one.ok) return [{ event, error: one.error }]
    if (one.poisons.length > 0) return one.poisons
  }
  return []
}

type Attempt = { ok: true; poisons: Poison[] } | { ok: false; error: Error }

async function attempt(sql: Sql, generation: Generation, events: readonly Delivered[]): Promise<Attempt> {
  await sql.query('savepoint attempt')
  try {
    const poisons = await apply(sql, generation, events)
    await sql.query('release savepoint attempt')
    return { ok: true, poisons }
  } catch (error) {
    if (isOutage(error)) throw error
    await sql.query('rollback to savepoint attempt')
    return { ok: false, error: asError(error) }
  }
}

export function byStream(events: readonly Delivered[]): Map<string, Delivered[]> {
  const streams = new Map<string, Delivered[]>()
  for (const event of events) {
    const known = streams.get(event.stream)
    if (known === undefined) streams.set(event.stream, [event])
    else known.push(event)
  }
  return streams
}

function idOf(stream: string): string {
  return parseStream(stream)?.id ?? stream
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
