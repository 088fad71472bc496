import { add, type Op } from './projection.ts'
import type { Row, Table, Value } from './table.ts'

/** What a batch writes to one table: for each key only what is left when all of it has been said. */
export interface TableWrites {
  readonly drops: Map<string, Row>
  /** By the beginning of a key. What else is said of a row goes before or after, as it was said. */
  readonly alls: Map<string, Setting>
  readonly puts: Map<string, Row>
  readonly sets: Map<string, Setting>
  readonly adds: Map<string, Record<string, Value>>
}

/** Columns of the row, or the rows, that a key names. */
export interface Setting {
  key: Row
  columns: Row
}

/** Gathers the writes of a batch, so that each table is written with few statements. */
export class Writes {
  readonly #tables = new Map<Table, TableWrites>()

  take(op: Op): void {
    const writes = this.of(op.table)
    switch (op.kind) {
      case 'put': {
        const key = keyOf(op.table, op.row)
        writes.drops.delete(key)
        writes.sets.delete(key)
        writes.puts.set(key, op.row)
        return
      }
      case 'set': {
        const key = keyOf(op.table, op.key)
        const whole = writes.puts.get(key)
        if (whole !== undefined) writes.puts.set(key, { ...whole, ...op.columns })
        else if (!writes.drops.has(key)) {
          writes.sets.set(key, { key: op.key, columns: { ...writes.sets.get(key)?.columns, ...op.columns } })
        }
        return
      }
      case 'setAll': {
        const { key, columns } = op
        for (const [one, row] of writes.puts) if (isWithin(row, key)) writes.puts.set(one, { ...row, ...columns })
        for (const [one, set] of writes.sets) {
          if (isWithin(set.key, key)) writes.sets.set(one, { ...set, columns: { ...set.columns, ...columns } })
        }
        const named = Object.values(key).join('\n')
        writes.alls.set(named, { key, columns: { ...writes.alls.get(named)?.columns, ...columns } })
        return
      }
      case 'drop': {
        const key = keyOf(op.table, op.key)
        writes.puts.delete(key)
        writes.sets.delete(key)
        writes.drops.set(key, op.key)
        return
      }
      case 'add': {
        const key = keyOf(op.table, op.row)
        const known = writes.adds.get(key)
        if (known === undefined) writes.adds.set(key, { ...zeros(op.table), ...op.row, ...op.by })
        else addTo(known, op)
        return
      }
      default:
        op satisfies never
    }
  }

  /**
   * Adds to the counters above what was added to those below. A row that this adds to the table at hand is seen in its turn, after
   * all those that feed it.
   */
  feed(tables: readonly Table[]): void {
    for (const table of tables) {
      if (table.feeds === undefined) continue
      for (const below of this.of(table).adds.values()) {
        for (const above of table.feeds(below)) this.take(add(above.table, above.row))
      }
    }
  }

  of(table: Table): TableWrites {
    const found = this.#tables.get(table)
    if (found !== undefined) return found
    const made: TableWrites = {
      drops: new Map(),
      alls: new Map(),
      puts: new Map(),
      sets: new Map(),
      adds: new Map(),
    }
    this.#tables.set(table, made)
    return made
  }
}

function keyOf({ key }: Table, row: Row): string {
  let text = ''
  for (const name of key) text += `${row[name]}\n`
  return text
}

function isWithin(row: Row, key: Row): boolean {
  return Object.entries(key).every(([name, value]) => row[name] === value)
}

function zeros({ sums = [] }: Table): Record<string, Value> {
  return Object.fromEntries(sums.map((name) => [name, 0]))
}

/** In place: a busy workspace adds to one counter thousands of times a batch. */
function addTo(total: Record<string, Value>, { table, row, by }: Extract<Op, { kind: 'add' }>): void {
  const { sums = [], latest = [] } = table
  if (by === row) for (const name of sums) increase(total, name, row[name])
  else for (const name in by) increase(total, name, by[name])
  for (const name of latest) total[name] = later(total[name] ?? null, row[name] ?? null)
}

function increase(total: Record<string, Value>, name: string, more: Value | undefined): void {
  if (typeof more === 'number') total[name] = Number(total[name]) + more
}

/** ISO times in UTC sort as text. */
function later(a: Value, b: Value): Value {
  return String(a) < String(b) ? b : a
}
