import { arrayLiteral } from './array-literal.ts'
import type { Sql } from './sql.ts'
import { columnsOf, kindOf, type Row, snake, type Table } from './table.ts'
import type { Setting, TableWrites } from './writes.ts'

/** Reads the rows of some streams. */
export async function loadRows(
  sql: Sql,
  schema: string,
  table: Table,
  ids: readonly string[],
): Promise<Map<string, Row>> {
  const [key] = table.key
  if (key === undefined) throw new Error(`${table.name} has no key`)
  const columns = columnsOf(table).map((column) => `${snake(column)} as "${column}"`)
  const text = `select ${columns.join(', ')} from ${schema}.${table.name} where ${snake(key)} = any($1::uuid[])`
  const rows = await sql.query(text, [arrayLiteral(ids)], `load ${schema}.${table.name}`)
  return new Map(rows.map((row) => [String(row[key]), row]))
}

/** Writes what a batch has to say to a table: at most one statement for each kind of change. */
export async function writeTable(sql: Sql, schema: string, table: Table, writes: TableWrites): Promise<void> {
  const { drops, alls, puts, sets, adds } = writes
  if (drops.size > 0) await deleteRows(sql, schema, table, [...drops.values()])
  if (alls.size > 0) await update(sql, schema, table, [...alls.values()])
  if (puts.size > 0) await upsert(sql, schema, table, [...puts.values()])
  if (sets.size > 0) await update(sql, schema, table, [...sets.values()])
  if (adds.size > 0) await increment(sql, schema, table, inOrder(adds))
}

/** Counters are shared by shards: all take their locks in one order, so that none waits for one that waits for it. */
function inOrder(adds: Map<string, Row>): Row[] {
  return [...adds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

async function upsert(sql: Sql, schema: string, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = columnsOf(table)
  const names = columns.map(snake)
  const changed = names.filter((_, index) => !table.key.includes(columns[index] ?? ''))
  const conflict = changed.map((name) => `${name} = excluded.${name}`).join(', ')
  const text = `insert into ${schema}.${table.name} (${names.join(', ')})
    select ${selected(table, columns)} from ${given(table, columns)}
    on conflict (${table.key.map(snake).join(', ')}) do update set ${conflict}`
  await sql.query(text, arrays(columns, rows), `put ${schema}.${table.name}`)
}

async function update(sql: Sql, schema: string, table: Table, settings: readonly Setting[]): Promise<void> {
  const alike = new Map<string, { key: string[]; changed: string[]; rows: Row[] }>()
  for (const setting of settings) {
    const key = Object.keys(setting.key).sort()
    const changed = Object.keys(setting.columns).sort()
    // A key is the table's or its beginning, so that its length says which; names of statements must be short.
    const name = `${key.length} ${changed}`
    const group = alike.get(name) ?? { key, changed, rows: [] }
    group.rows.push({ ...setting.key, ...setting.columns })
    alike.set(name, group)
  }
  for (const [name, { key, changed, rows }] of alike) {
    const columns = [...key, ...changed]
    const assign = changed.map((column) => `${snake(column)} = u.${snake(column)}::${kindOf(table, column)}`).join(', ')
    const text = `update ${schema}.${table.name} t set ${assign} from ${given(table, columns)} where ${matched(key)}`
    await sql.query(text, arrays(columns, rows), `set ${schema}.${table.name} ${name}`)
  }
}

async function deleteRows(sql: Sql, schema: string, table: Table, keys: readonly Row[]): Promise<void> {
  const text = `delete from ${schema}.${table.name} t using ${given(table, table.key)} where ${matched(table.key)}`
  await sql.query(text, arrays(table.key, keys), `drop ${schema}.${table.name}`)
}

/** Adds to counters, then removes those that have come to 0. */
async function increment(sql: Sql, schema: string, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = columnsOf(table)
  const sums = (table.sums ?? []).map(snake)
  const key = table.key.map(snake)
  const changed = [
    ...sums.map((sum) => `${sum} = t.${sum} + excluded.${sum}`),
    ...(table.latest ?? []).map(snake).map((name) => `${name} = greatest(t.${name}, excluded.${name})`),
  ]
  const text = `with added as (
      insert into ${schema}.${table.name} as t (${columns.map(snake).join(', ')})
      select ${selected(table, columns)} from ${given(table, columns)}
      on conflict (${key.join(', ')}) do update set ${changed.join(', ')}
      returning *)
    select ${table.key.map((name) => `${snake(name)} as "${name}"`).join(', ')} from added
    where ${sums.map((sum) => `${sum} = 0`).join(' and ')}`
  const zero = await sql.query(text, arrays(columns, rows), `add ${schema}.${table.name}`)
  if (zero.length > 0) await deleteRows(sql, schema, table, zero)
}

/** An array inside an array travels as its text, since unnest would flatten it. */
function given(table: Table, columns: readonly string[]): string {
  const types = columns.map((column) => {
    const kind = kindOf(table, column)
    return kind.endsWith('[]') ? 'text' : kind
  })
  const parameters = types.map((type, index) => `$${index + 1}::${type}[]`)
  return `unnest(${parameters.join(', ')}) as u(${columns.map(snake).join(', ')})`
}

function selected(table: Table, columns: readonly string[]): string {
  return columns.map((column) => `u.${snake(column)}::${kindOf(table, column)}`).join(', ')
}

function matched(key: readonly string[]): string {
  return key.map((name) => `t.${snake(name)} = u.${snake(name)}`).join(' and ')
}

function arrays(columns: readonly string[], rows: readonly Row[]): string[] {
  return columns.map((column) => arrayLiteral(rows.map((row) => row[column] ?? null)))
}
