import type { Op } from './projection.ts'
import type { Row, Table, Value } from './table.ts'

/** What a batch writes to one table: for each key only what is left when all of it has been said. */
export interface TableWrites {
  readonly drops: Map<string, Row>
  readonly puts: Map<string, Row>
  readonly sets: Map<string, { key: Row; columns: Row }>
  readonly adds: Map<string, Record<string, Value>>
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
        if (known === undefined) writes.adds.set(key, { ...op.row })
        else addTo(known, op.table, op.row)
        return
      }
      default:
        op satisfies never
    }
  }

  of(table: Table): TableWrites {
    const found = this.#tables.get(table)
    if (found !== undefined) return found
    const made: TableWrites = { drops: new Map(), puts: new Map(), sets: new Map(), adds: new Map() }
    this.#tables.set(table, made)
    return made
  }
}

function keyOf({ key }: Table, row: Row): string {
  const [only] = key
  return key.length === 1 && only !== undefined ? String(row[only]) : key.map((name) => row[name]).join('\n')
}

/** In place: a busy workspace adds to one counter thousands of times a batch. */
function addTo(total: Record<string, Value>, { sums = [] }: Table, row: Row): void {
  for (const name of sums) total[name] = Number(total[name]) + Number(row[name])
}
