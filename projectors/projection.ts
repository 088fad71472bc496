import type { ParleyEvent, ParleyEventType } from '../schemas/catalog.ts'
import type { Recorded, RecordedEach } from '../schemas/envelope.ts'
import type { StreamNoun } from '../schemas/streams.ts'
import type { Row, Table } from './table.ts'

/**
 * One write to a table. `put`: the row as it is now. `set`: some columns of a row that is there. `setAll`: some columns of every row
 * that is there by then and whose key begins with `key`. `drop`: the row goes.
 * `add`: to the sums of a counter, those that `by` names; what else `by` holds does not matter.
 */
export type Op =
  | { kind: 'put'; table: Table; row: Row }
  | { kind: 'set'; table: Table; key: Row; columns: Row }
  | { kind: 'setAll'; table: Table; key: Row; columns: Row }
  | { kind: 'drop'; table: Table; key: Row }
  | { kind: 'add'; table: Table; row: Row; by: Row }

export function put<R extends Row>(table: Table<R>, row: R): Op {
  return { kind: 'put', table, row }
}

export function set<R extends Row>(table: Table<R>, key: Partial<R> & Row, columns: Partial<R> & Row): Op {
  return { kind: 'set', table, key, columns }
}

/** The key's first column or columns; they must name rows of the event's own stream. */
export function setAll<R extends Row>(table: Table<R>, key: Partial<R> & Row, columns: Partial<R> & Row): Op {
  return { kind: 'setAll', table, key, columns }
}

export function drop<R extends Row>(table: Table<R>, key: Partial<R> & Row): Op {
  return { kind: 'drop', table, key }
}

/** The row with its sums; or the row without them, and what to add: several counters may share that. */
export function add<R extends Row>(
  table: Table<R>,
  row: Partial<NoInfer<R>> & Row,
  by: Partial<NoInfer<R>> & Row = row,
): Op {
  return { kind: 'add', table, row, by }
}

/** What one event changes: the row of its stream, and what else it writes. */
export interface Change<S extends Row = Row> {
  row: S
  ops?: readonly Op[]
}

type RecordedOf<T extends ParleyEventType> = RecordedEach<Extract<ParleyEvent, { type: T }>>

/** The map from event type to change; its keys are what is subscribed to. A change is pure: it may be made at any time, again. */
export type Changes<S extends Row> = {
  readonly [T in ParleyEventType]?: (row: S | undefined, event: RecordedOf<T>) => Change<S>
}

/** How a projection sees one kind of stream: a row a stream, which the changes of its events get and give back. */
export interface Part {
  readonly noun: StreamNoun
  readonly state: Table
  readonly changes: ReadonlyMap<string, (row: Row | undefined, event: Recorded) => Change>
  /** What other tables owe to the difference that a batch made to a stream's row. */
  readonly settle: (before: Row | undefined, after: Row) => readonly Op[]
}

export interface Projection {
  readonly name: string
  /** Raised whenever tables or changes mean something else; a new version is built beside the old one. */
  readonly version: number
  /** In the order in which they are written. Counters last, so that shards hold their rows shortest. */
  readonly tables: readonly Table[]
  readonly parts: readonly Part[]
}

interface DeclaredPart<S extends Row> {
  noun: StreamNoun
  state: Table<S>
  changes: Changes<S>
  settle?: (before: S | undefined, after: S) => readonly Op[]
}

/** Declares a part. Here alone the types of rows and events are forgotten: a part gets back the rows that it gave. */
export function part<S extends Row>({ noun, state, changes, settle }: DeclaredPart<S>): Part {
  type Untyped = (row: Row | undefined, event: Recorded) => Change
  return {
    noun,
    state,
    changes: new Map(Object.entries(changes) as [string, Untyped][]),
    settle: (before, after) => settle?.(before as S | undefined, after as S) ?? [],
  }
}

/** A change that is a fold: the row and nothing else. */
export function folding<S extends Row, E>(
  fold: (row: S | undefined, event: E) => S,
): (row: S | undefined, event: E) => Change<S> {
  return (row, event) => ({ row: fold(row, event) })
}

export function partOf(projection: Projection, type: string): Part | undefined {
  return projection.parts.find(({ changes }) => changes.has(type))
}
