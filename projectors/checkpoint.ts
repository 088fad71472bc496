import { randomUUID } from 'node:crypto'
import { comparePositions, formatPosition, type LogPosition } from '../schemas/envelope.ts'
import type { Generation } from './generation.ts'
import type { Sql } from './sql.ts'

/** Somebody else has written where this runner believed to be alone: another runner has taken its place. */
export class Fenced extends Error {
  override name = 'Fenced'
}

/** Where one shard of a generation stands. Whoever writes its rows locks this first, and moves it in the same transaction. */
export interface Checkpoint {
  position: LogPosition
  /** Raised by every runner that starts: the one before can commit no more. */
  epoch: number
  /** Raised by every change to its quarantine. */
  parked: number
}

interface CheckpointRow {
  commit: string
  prepare: string
  epoch: number
  parked: number
}

const columns = 'commit::text as commit, prepare::text as prepare, epoch, parked'

/** Takes the shard over from whichever runner has it. Survives a crash of Postgres, so that no epoch is given twice. */
export async function claim(sql: Sql, generation: Generation, shard: number): Promise<Checkpoint> {
  const row = await take(sql, which(generation, shard))
  return checkpointOf(row, generation, shard)
}

/** Takes the shard if nobody has taken it since it was handed over. Throws Fenced when somebody has. */
export async function claimFree(sql: Sql, generation: Generation, shard: number): Promise<Checkpoint> {
  const row = await take(sql, `${which(generation, shard)} and owner is null`)
  if (row !== undefined) return checkpointOf(row, generation, shard)
  throw new Fenced(`Another runner has taken over ${nameOf(generation, shard)}.`)
}

async function take(sql: Sql, where: string): Promise<CheckpointRow | undefined> {
  const [, , rows] = await sql.script(
    `begin; set local synchronous_commit = on;
     update projection.checkpoints set epoch = epoch + 1, owner = '${randomUUID()}' where ${where} returning ${columns};
     commit`,
  )
  return rows?.[0] as CheckpointRow | undefined
}

/** Within a transaction: no runner that has it now can commit any more, and the first to come takes it. */
export async function free(sql: Sql, { projection, number }: Generation): Promise<void> {
  await sql.query(
    'update projection.checkpoints set epoch = epoch + 1, owner = null where projection = $1 and generation = $2',
    [projection.name, number],
  )
}

export async function readCheckpoint(sql: Sql, generation: Generation, shard: number): Promise<Checkpoint> {
  const [row] = await sql.query<CheckpointRow>(
    `select ${columns} from projection.checkpoints where ${which(generation, shard)}`,
  )
  return checkpointOf(row, generation, shard)
}

/** Begins a transaction and locks the checkpoint until its end. */
export async function beginAt(sql: Sql, generation: Generation, shard: number): Promise<Checkpoint> {
  const [, rows] = await sql.script(
    `begin; select ${columns} from projection.checkpoints where ${which(generation, shard)} for update`,
  )
  return checkpointOf(rows?.[0] as CheckpointRow | undefined, generation, shard)
}

/** Moves the checkpoint and commits. */
export async function commitAt(sql: Sql, generation: Generation, shard: number, to: Omit<Checkpoint, 'epoch'>) {
  const { commit, prepare } = to.position
  await sql.script(
    `update projection.checkpoints set commit = ${commit}, prepare = ${prepare}, parked = ${to.parked}, updated_at = now()
     where ${which(generation, shard)}; commit`,
  )
}

/** Throws Fenced unless the checkpoint is the one that this runner left. */
export function demandSame(found: Checkpoint, known: Checkpoint, generation: Generation, shard: number): void {
  const name = nameOf(generation, shard)
  if (found.epoch !== known.epoch) {
    throw new Fenced(`Another runner has taken over ${name} (epoch ${found.epoch}, ours was ${known.epoch}).`)
  }
  if (comparePositions(found.position, known.position) !== 0) {
    const [at, expected] = [formatPosition(found.position), formatPosition(known.position)]
    throw new Fenced(`The checkpoint of ${name} is ${at} and not ${expected}: another runner writes there.`)
  }
}

function nameOf({ projection, number }: Generation, shard: number): string {
  return `${projection.name}, generation ${number}, shard ${shard}`
}

/** Names are ours and numbers are numbers, so that nothing needs to be escaped. */
function which({ projection, number }: Generation, shard: number): string {
  return `projection = '${projection.name}' and generation = ${Number(number)} and shard = ${Number(shard)}`
}

function checkpointOf(row: CheckpointRow | undefined, { projection, number }: Generation, shard: number): Checkpoint {
  if (row === undefined) {
    throw new Fenced(`Generation ${number} of ${projection.name} has no shard ${shard}: it has been dropped.`)
  }
  const { commit, prepare, epoch, parked } = row
  return { position: { commit: BigInt(commit), prepare: BigInt(prepare) }, epoch, parked }
}
