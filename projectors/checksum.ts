import { formatPosition } from '../schemas/envelope.ts'
import { readCheckpoint } from './checkpoint.ts'
import { type Generation, schemaOf } from './generation.ts'
import type { Sql } from './sql.ts'

export interface Checksum {
  projection: string
  generation: number
  /** Where each shard stood. */
  positions: string[]
  rows: number
  /** Sum of a hash of each row: the same for the same rows, in whatever order they lie. */
  checksum: string
}

/** Of all tables of a generation, at one instant. */
export async function checksumOf(sql: Sql, generation: Generation): Promise<Checksum> {
  await sql.query('begin isolation level repeatable read, read only')
  try {
    return await summed(sql, generation)
  } finally {
    await sql.query('rollback')
  }
}

async function summed(sql: Sql, generation: Generation): Promise<Checksum> {
  const { projection, number, shards } = generation
  const positions: string[] = []
  for (let shard = 0; shard < shards; shard++) {
    const { position } = await readCheckpoint(sql, generation, shard)
    positions.push(formatPosition(position))
  }
  let rows = 0
  let total = 0n
  for (const [index, table] of projection.tables.entries()) {
    const [sum] = await sql.query<{ rows: number; sum: string }>(
      `select count(*) as rows, coalesce(sum(hashtextextended(t::text, $1)::numeric), 0)::text as sum
       from ${schemaOf(generation)}.${table.name} t`,
      [index],
    )
    rows += sum?.rows ?? 0
    total += BigInt(sum?.sum ?? 0)
  }
  const checksum = BigInt.asUintN(64, total).toString(16).padStart(16, '0')
  return { projection: projection.name, generation: number, positions, rows, checksum }
}
