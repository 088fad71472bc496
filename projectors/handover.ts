import { setTimeout as sleep } from 'node:timers/promises'
import { comparePositions } from '../schemas/envelope.ts'
import { free, readCheckpoint } from './checkpoint.ts'
import type { Generation } from './generation.ts'
import type { Lane } from './lane.ts'
import type { Registry } from './registry.ts'
import { isLockTimeout, type Sql, transaction } from './sql.ts'

/** How long the serving generation is held still while the new one comes up to it. */
const patienceMs = 5000
/** Less than Postgres' deadlock_timeout: whenever a reader and the swap wait for each other, it is the swap that gives way. */
const lockMs = 200

class Behind extends Error {
  override name = 'Behind'
}

export interface Handover {
  sql: Sql
  registry: Registry
  /** What serves now; absent when nothing does. */
  from: Generation | undefined
  to: Generation
  /** Those that fill `to`; they go on while the handover waits for them. */
  lanes: readonly Lane[]
}

/**
 * Makes the views show another generation, in one transaction: the checkpoints of the one that serves are locked, so that its runners
 * wait; the new one comes up to them, shard by shard or all together; the views are swapped, and both are fenced off, so that the
 * runners find the new one to go on with. So nothing that a reader has seen is missing afterwards. Answers false when it could not be
 * done now, and nothing has changed.
 */
export async function handOver(handover: Handover): Promise<boolean> {
  const { sql } = handover
  try {
    await transaction(sql, () => swap(handover))
    return true
  } catch (error) {
    if (error instanceof Behind || isLockTimeout(error)) return false
    throw error
  }
}

async function swap({ sql, registry, from, to, lanes }: Handover): Promise<void> {
  await sql.query('set local synchronous_commit = on')
  if (from !== undefined) {
    await lock(sql, from)
    await reached(sql, from, lanes)
  }
  await sql.query(`set local lock_timeout = ${lockMs}`)
  await lock(sql, to)
  await registry.serve(to)
  for (const generation of from === undefined ? [to] : [from, to]) await free(sql, generation)
}

async function lock(sql: Sql, { projection, number }: Generation): Promise<void> {
  await sql.query(
    'select 1 from projection.checkpoints where projection = $1 and generation = $2 order by shard for update',
    [projection.name, number],
  )
}

/** Until each lane has passed wherever any shard of the serving generation stands: they may be split differently. */
async function reached(sql: Sql, from: Generation, lanes: readonly Lane[]): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (let shard = 0; shard < from.shards; shard++) {
    const { position } = await readCheckpoint(sql, from, shard)
    while (lanes.some((lane) => comparePositions(lane.position, position) < 0)) {
      if (Date.now() > deadline) throw new Behind('the new generation did not come up in time')
      await sleep(5)
    }
  }
}
