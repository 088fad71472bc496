import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../infra/runtime/config.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import type { LogPosition } from '../schemas/envelope.ts'
import { Fenced } from './checkpoint.ts'
import { feed, lowest } from './feed.ts'
import { type Generation, schemaOf } from './generation.ts'
import { handOver } from './handover.ts'
import { Lane } from './lane.ts'
import type { Projection } from './projection.ts'
import { openRegistry, type Registry, rebuildLock } from './registry.ts'
import { connect, type Sql } from './sql.ts'
import { Unrunnable } from './unrunnable.ts'

export interface RebuildOptions {
  config: Pick<Config, 'databaseUrl' | 'readDatabaseUrl' | 'projectorShards'>
  log: EventLog
  projections: readonly Projection[]
  signal: AbortSignal
  /** After every batch. */
  progress?: (seen: RebuildProgress) => void
  maxBatch?: number
}

export interface RebuildProgress {
  events: number
  from: LogPosition | undefined
  position: LogPosition
  head: LogPosition | undefined
}

export interface Swapped {
  projection: Projection
  /** What served before; undefined when nothing did. */
  from: Generation | undefined
  to: Generation
}

/**
 * Fills new tables for each projection from the beginning of the log, all of them in one reading, and serves them in place of the old
 * ones. What served stays as it was until then, and afterwards as the standby for `rollback`; what stood by before is dropped.
 */
export function rebuild(options: RebuildOptions): Promise<Swapped[]> {
  return replace(options, async (registry, projection) => {
    for (const left of await registry.generations(projection)) {
      if (left.state === 'building') await registry.drop(left)
    }
    return registry.create(projection, options.config.projectorShards, 'building')
  })
}

/** Rebuilds what another version of its projection serves: after an upgrade. */
export async function rebuildOutdated(options: RebuildOptions): Promise<Swapped[]> {
  const sql = await connect(options.config, 'projectors upgrade')
  const outdated: Projection[] = []
  try {
    const registry = await openRegistry(sql, new URL(options.config.readDatabaseUrl).username)
    for (const projection of options.projections) {
      const serving = await registry.serving(projection)
      if (serving !== undefined && serving.version !== projection.version) outdated.push(projection)
    }
  } finally {
    await sql.close()
  }
  return outdated.length === 0 ? [] : rebuild({ ...options, projections: outdated })
}

/** Serves what served before the last rebuild, when it has caught up with what happened since. */
export function rollback(options: RebuildOptions): Promise<Swapped[]> {
  return replace(options, async (registry, projection) => {
    const all = await registry.generations(projection)
    const standby = all.findLast(({ state }) => state === 'standby')
    if (standby === undefined) {
      throw new Unrunnable(
        `${projection.name} has no earlier generation to go back to: it was never rebuilt, or a contact was erased since, and what was ` +
          `kept is dropped then, as it holds the words. "make rebuild NAME=${projection.name}" derives it from the log again.`,
      )
    }
    if (standby.version !== projection.version) {
      throw new Unrunnable(
        `Generation ${standby.number} of ${projection.name} was made by version ${standby.version}; ` +
          `this release has version ${projection.version}. Roll back with the release that made it.`,
      )
    }
    if (standby.shards !== options.config.projectorShards) {
      throw new Unrunnable(
        `Generation ${standby.number} of ${projection.name} is split into ${standby.shards} shard(s): ` +
          `set PROJECTOR_SHARDS=${standby.shards} to go back to it.`,
      )
    }
    return standby
  })
}

type Choose = (registry: Registry, projection: Projection) => Promise<Generation>

async function replace(options: RebuildOptions, choose: Choose): Promise<Swapped[]> {
  const { config, projections } = options
  const sql = await connect(config, 'projectors rebuild')
  const lanes: Lane[] = []
  try {
    const registry = await openRegistry(sql, new URL(config.readDatabaseUrl).username)
    for (const { name } of projections) await demandAlone(sql, name)
    const swaps: Swapped[] = []
    for (const projection of projections) {
      const from = await registry.serving(projection)
      const to = await choose(registry, projection)
      swaps.push({ projection, from, to })
      for (let shard = 0; shard < to.shards; shard++) {
        lanes.push(await openLane(config, to, shard))
      }
    }
    await fill(options, sql, registry, lanes, swaps)
    for (const { projection, from, to } of swaps) await dropOthers(registry, projection, [from, to])
    return swaps
  } finally {
    await Promise.allSettled(lanes.map((lane) => lane.close()))
    await sql.close()
  }
}

async function openLane(config: RebuildOptions['config'], generation: Generation, shard: number): Promise<Lane> {
  const sql = await connect(config, `rebuild ${schemaOf(generation)}`)
  try {
    return await Lane.open(sql, generation, shard)
  } catch (error) {
    await sql.close()
    throw error
  }
}

/** For as long as the connection lasts, so that nothing is left behind by a rebuild that dies. */
async function demandAlone(sql: Sql, name: string): Promise<void> {
  const [row] = await sql.query<{ alone: boolean }>(
    `select pg_try_advisory_lock(${rebuildLock}, hashtext($1)) as alone`,
    [name],
  )
  if (row?.alone !== true) throw new Unrunnable(`${name} is being rebuilt or rolled back by somebody else.`)
}

async function fill(
  { log, signal, progress, maxBatch = 4000 }: RebuildOptions,
  sql: Sql,
  registry: Registry,
  lanes: readonly Lane[],
  swaps: readonly Swapped[],
): Promise<void> {
  const done = new AbortController()
  const from = lowest(lanes)
  const head = await log.head()
  const waiting = new Set(swaps)
  let events = 0
  let caughtUp = false
  const swapping = new Map<Generation, Promise<boolean>>()

  const handOverAll = async () => {
    while (waiting.size > 0 && !signal.aborted && !done.signal.aborted) {
      if (!caughtUp) await sleep(10)
      else {
        for (const swapped of waiting) {
          const own = lanes.filter(({ generation }) => generation === swapped.to)
          const swap = handOver({ sql, registry, from: swapped.from, to: swapped.to, lanes: own })
          swapping.set(swapped.to, swap)
          if (await swap) waiting.delete(swapped)
        }
      }
    }
  }

  /** Whether the runners have it now. */
  const served = (generation: Generation) => !swaps.some((one) => one.to === generation && waiting.has(one))

  const filling = feed({
    log,
    lanes,
    maxBatch,
    signal: AbortSignal.any([signal, done.signal]),
    async apply(lane, batch) {
      const { generation } = lane
      if (served(generation)) return
      try {
        await lane.apply(batch)
      } catch (error) {
        if (!(error instanceof Fenced) || !(await swapping.get(generation))) throw error
      }
    },
    progress(batch) {
      events += batch.events.length
      caughtUp ||= batch.caughtUp
      progress?.({ events, from, position: batch.position, head })
    },
  })
  const outcomes = await Promise.allSettled([
    filling.catch((error: unknown) => {
      done.abort()
      throw error
    }),
    handOverAll().finally(() => done.abort()),
  ])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  signal.throwIfAborted()
}

async function dropOthers(
  registry: Registry,
  projection: Projection,
  keep: readonly (Generation | undefined)[],
): Promise<void> {
  const kept = new Set(keep.map((generation) => generation?.number))
  for (const generation of await registry.generations(projection)) {
    if (!kept.has(generation.number)) await registry.drop(generation)
  }
}
