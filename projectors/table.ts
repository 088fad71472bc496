/** What a column may hold on our side. Times are ISO 8601 UTC, JSON is its text: neither is parsed on the way through. */
export type Value = string | number | boolean | null | readonly string[] | readonly number[]
export type Row = { readonly [column: string]: Value }

type Kind = 'uuid' | 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'json' | 'text[]' | 'integer[]'
/** The Postgres type of a column; with a question mark it may be null. */
export type ColumnType = Kind | `${Kind}?`

export interface Index {
  columns: readonly string[]
  unique?: boolean
  /** Columns that must not be null for a row to be in it. */
  present?: readonly string[]
  /** SQL that holds for its rows. */
  where?: string
  /** `gin`: by what arrays hold. Without it, an ordered index. */
  using?: 'gin'
  /** Storage parameters. */
  options?: string
}

/**
 * A table of a projection. Columns are named in camel case here and in snake case in Postgres.
 * With `sums`, a row is a counter: what is written to it is added, and a row of which all sums are 0 is removed, so that the
 * table says the same however the events were batched. A counter may feed others.
 */
export interface Table<R extends Row = Row> {
  readonly name: string
  readonly columns: { readonly [C in keyof R & string]: ColumnType }
  readonly key: readonly (keyof R & string)[]
  readonly sums?: readonly (keyof R & string)[]
  /** Of a counter: columns that keep the greatest value that was given. */
  readonly latest?: readonly (keyof R & string)[]
  /**
   * What else is counted when something is added to a row: the coarser counters that hold it too, in this table or in one that comes
   * after it. Nothing but feeds may add to those. So a batch pays for them by row, not by event.
   */
  feeds?(row: R): readonly { table: Table; row: Row }[]
  readonly indexes?: readonly Index[]
  /** Text columns of which Postgres must not sample values for its planner: those in pg_statistic would outlive an erasure. JSON is never sampled. */
  readonly personal?: readonly (keyof R & string)[]
  /** How closely Postgres shall know which values of a column are frequent (its statistics target); 100 where nothing is said. */
  readonly sampled?: readonly { column: keyof R & string; target: number }[]
}

export function table<R extends Row>(declared: Table<R>): Table<R> {
  return declared
}

export function columnsOf(table: Table): string[] {
  return Object.keys(table.columns)
}

export function kindOf(table: Table, column: string): Kind {
  const type = table.columns[column]
  if (type === undefined) throw new Error(`${table.name} has no column ${column}`)
  return (type.endsWith('?') ? type.slice(0, -1) : type) as Kind
}

export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The statements that make the table and its indexes in a schema. */
export function tableDdl(schema: string, table: Table): string[] {
  const columns = Object.entries<ColumnType>(table.columns).map(([name, type]) => {
    return `${snake(name)} ${kindOf(table, name)}${type.endsWith('?') ? '' : ' not null'}`
  })
  const key = table.key.map(snake).join(', ')
  // Rows that are written again and again find room beside their old version.
  const create = `create table ${schema}.${table.name} (${columns.join(', ')}, primary key (${key})) with (fillfactor = 85)`
  const sampled = [...(table.personal ?? []).map((column) => ({ column, target: 0 })), ...(table.sampled ?? [])].map(
    ({ column, target }) => `alter column ${snake(column)} set statistics ${target}`,
  )
  return [
    create,
    ...(sampled.length === 0 ? [] : [`alter table ${schema}.${table.name} ${sampled.join(', ')}`]),
    ...(table.indexes ?? []).map((index) => indexDdl(schema, table, index)),
  ]
}

function indexDdl(schema: string, { name }: Table, index: Index): string {
  const { columns, unique = false, present = [], where, using, options } = index
  const holds = [...present.map((column) => `${snake(column)} is not null`), ...(where === undefined ? [] : [where])]
  return [
    `create ${unique ? 'unique ' : ''}index on ${schema}.${name}`,
    ...(using === undefined ? [] : [`using ${using}`]),
    `(${columns.map(snake).join(', ')})`,
    ...(options === undefined ? [] : [`with (${options})`]),
    ...(holds.length === 0 ? [] : [`where ${holds.join(' and ')}`]),
  ].join(' ')
}
