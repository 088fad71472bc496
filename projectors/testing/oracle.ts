import type { Recorded } from '../../schemas/envelope.ts'
import { parseStream } from '../../schemas/streams.ts'
import { add, type Op, type Projection, partOf } from '../projection.ts'
import type { Row, Table } from '../table.ts'

/** Tables in memory. */
export type Tables = Map<string, Map<string, Row>>

/** What the tables must hold: one event after the other, each written at once, without any batch. */
export function naiveTables(projection: Projection, events: readonly Recorded[]): Tables {
  const tables: Tables = new Map(projection.tables.map(({ name }) => [name, new Map()]))
  const rowsOf = ({ name }: Table) => tables.get(name) ?? new Map<string, Row>()
  for (const event of events) {
    const part = partOf(projection, event.type)
    const change = part?.changes.get(event.type)
    if (part === undefined || change === undefined) continue
    const before = rowsOf(part.state).get(parseStream(event.stream)?.id ?? '')
    const { row, ops = [] } = change(before, event)
    for (const op of ops) write(rowsOf, op)
    write(rowsOf, { kind: 'put', table: part.state, row })
    if (row !== before) for (const op of part.settle(before, row)) write(rowsOf, op)
  }
  return tables
}

function write(rowsOf: (table: Table) => Map<string, Row>, op: Op): void {
  const rows = rowsOf(op.table)
  const values = op.kind === 'put' || op.kind === 'add' ? op.row : op.key
  const key = op.table.key.map((name) => values[name]).join('\n')
  const known = rows.get(key)
  switch (op.kind) {
    case 'put':
      rows.set(key, op.row)
      return
    case 'set':
      if (known !== undefined) rows.set(key, { ...known, ...op.columns })
      return
    case 'setAll':
      for (const [one, row] of rows) {
        const within = Object.entries(op.key).every(([name, value]) => row[name] === value)
        if (within) rows.set(one, { ...row, ...op.columns })
      }
      return
    case 'drop':
      rows.delete(key)
      return
    case 'add': {
      const { sums = [], latest = [], feeds } = op.table
      const total: Row = {
        ...op.row,
        ...Object.fromEntries(sums.map((name) => [name, Number(op.by[name] ?? 0) + Number(known?.[name] ?? 0)])),
        ...Object.fromEntries(
          latest.map((name) => [name, [known?.[name] ?? '', op.row[name] ?? ''].sort().at(-1) ?? null]),
        ),
      }
      if (sums.every((name) => total[name] === 0)) rows.delete(key)
      else rows.set(key, total)
      for (const above of feeds?.({ ...op.row, ...op.by }) ?? []) write(rowsOf, add(above.table, above.row))
      return
    }
    default:
      op satisfies never
  }
}
