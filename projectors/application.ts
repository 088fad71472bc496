import { type Delivered, isUndecodable } from '../infra/runtime/event-store/log.ts'
import { isOutage } from '../infra/runtime/outage.ts'
import { parseStream } from '../schemas/streams.ts'
import { type Generation, schemaOf } from './generation.ts'
import { type Part, partOf } from './projection.ts'
import type { Sql } from './sql.ts'
import { loadRows, writeTable } from './statements.ts'
import type { Row } from './table.ts'
import { Writes } from './writes.ts'

/** An event that could not be applied, and why. Its stream stands before it. */
export interface Poison {
  event: Delivered
  error: Error
}

/**
 * Applies events, in log order, in a transaction that is under way: loads the rows of their streams, makes the changes, writes each
 * table once. Answers the events that could not be decoded or whose change threw, the first of each stream; what follows one in its
 * stream is left out. Throws what Postgres throws: an outage, or that some row cannot be written.
 */
export async function apply(sql: Sql, generation: Generation, events: readonly Delivered[]): Promise<Poison[]> {
  const { projection } = generation
  const schema = schemaOf(generation)
  const poisons = new Map<string, Poison>()
  const writes = new Writes()
  const states = new Map<Part, Map<string, { before: Row | undefined; after: Row | undefined }>>()

  for (const part of projection.parts) {
    const ids = new Set(events.filter(({ type }) => part.changes.has(type)).map(({ stream }) => idOf(stream)))
    if (ids.size === 0) continue
    const rows = await loadRows(sql, schema, part.state, [...ids])
    states.set(part, new Map([...ids].map((id) => [id, { before: rows.get(id), after: rows.get(id) }])))
  }
  for (const event of events) {
    if (poisons.has(event.stream)) continue
    const part = partOf(projection, event.type)
    const state = part && states.get(part)?.get(idOf(event.stream))
    if (part === undefined || state === undefined) continue
    try {
      state.after = change(part, state.after, event, writes)
    } catch (error) {
      poisons.set(event.stream, { event, error: asError(error) })
    }
  }
  for (const [part, streams] of states) settle(part, streams.values(), writes)
  for (const table of projection.tables) await writeTable(sql, schema, table, writes.of(table))
  return [...poisons.values()]
}

function change({ changes }: Part, row: Row | undefined, event: Delivered, writes: Writes): Row {
  if (isUndecodable(event)) throw event.error
  const make = changes.get(event.type)
  if (make === undefined) throw new Error(`nothing is subscribed to ${event.type}`)
  const { row: after, ops = [] } = make(row, event)
  for (const op of ops) writes.take(op)
  return after
}

function settle(
  part: Part,
  states: Iterable<{ before: Row | undefined; after: Row | undefined }>,
  writes: Writes,
): void {
  for (const { before, after } of states) {
    if (after === undefined || after === before) continue
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
