import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../infra/runtime/config.ts'
import type { Batch, EventLog } from '../infra/runtime/event-store/log.ts'
import type { Logger } from '../infra/runtime/logger.ts'
import { isOutage } from '../infra/runtime/outage.ts'
import { Fenced } from './checkpoint.ts'
import { feed } from './feed.ts'
import { type Generation, schemaOf } from './generation.ts'
import { Lane, type LaneEvents } from './lane.ts'
import type { Projection } from './projection.ts'
import { rebuildOutdated } from './rebuild.ts'
import { openRegistry, type Registry, underLock } from './registry.ts'
import { connect, type Sql } from './sql.ts'
import { Unrunnable } from './unrunnable.ts'

export interface RunnerOptions {
  config: Pick<Config, 'databaseUrl' | 'readDatabaseUrl' | 'projectorShard' | 'projectorShards'>
  log: EventLog
  projections: readonly Projection[]
  logger: Logger
  signal: AbortSignal
  events?: LaneEvents
  /** Most events in a batch. */
  maxBatch?: number
}

export interface Runner {
  /** The serving generation of each projection, as far as this process fills it. */
  lanes(): readonly Lane[]
  /** Runs until the signal aborts. Throws Fenced when another runner has taken over; outages are waited out. */
  run(): Promise<void>
}

/** Keeps the serving generation of every projection up to date with the log: one shard of it. */
export function createRunner(options: RunnerOptions): Runner {
  const { config, log, projections, logger, signal, events, maxBatch = 4000 } = options
  const { projectorShard: shard } = config
  const lanes = new Map<string, Lane>()

  /** What an earlier release has filled goes on serving while the first shard fills the tables of this release. */
  async function upgrade(): Promise<void> {
    if (shard !== 0) return
    const rebuilt = await rebuildOutdated({ config, log, projections, signal, maxBatch })
    for (const { projection, to } of rebuilt) {
      logger.info(
        { projection: projection.name, version: to.version, generation: to.number },
        'rebuilt for this release',
      )
    }
  }

  async function openAll(): Promise<void> {
    const control = await connect(config, 'projectors control')
    try {
      const registry = await openRegistry(control, new URL(config.readDatabaseUrl).username)
      for (const projection of projections) {
        const known = lanes.get(projection.name)
        const generation = await servingOf(control, registry, projection)
        const lane = await openLane(generation, known)
        lanes.set(projection.name, lane)
      }
    } finally {
      await control.close()
    }
  }

  async function servingOf(control: Sql, registry: Registry, projection: Projection): Promise<Generation> {
    const serving = await underLock(
      control,
      async () =>
        (await registry.serving(projection)) ?? (await registry.create(projection, config.projectorShards, 'serving')),
    )
    demandUsable(serving, config.projectorShards)
    return serving
  }

  /** At the start a shard is taken over from whoever has it; after an outage only what is still this runner's, or nobody's. */
  async function openLane(generation: Generation, known: Lane | undefined): Promise<Lane> {
    return connected(generation, async (sql) => {
      if (known === undefined) return Lane.open(sql, generation, shard, events)
      return (await known.reopened(sql, generation)) ?? Lane.adopt(sql, generation, shard, events)
    })
  }

  async function connected(generation: Generation, open: (sql: Sql) => Promise<Lane>): Promise<Lane> {
    const sql = await connect(config, `projectors ${schemaOf(generation)}`)
    try {
      const lane = await open(sql)
      const { name, position } = lane
      logger.info({ projection: name, generation: generation.number, shard, position: String(position.commit) }, 'runs')
      return lane
    } catch (error) {
      await sql.close()
      throw error
    }
  }

  /** A lane that is fenced off because its generation serves no more continues with the one that does. */
  async function applyTo(name: string, batch: Batch): Promise<void> {
    const lane = lanes.get(name)
    if (lane === undefined) throw new Error(`there is no lane of ${name}`)
    try {
      await lane.apply(batch)
    } catch (error) {
      if (!(error instanceof Fenced)) throw error
      const successor = await successorOf(lane, error)
      lanes.set(name, successor)
      await successor.apply(batch)
    }
  }

  async function successorOf(lane: Lane, fenced: Fenced): Promise<Lane> {
    const control = await connect(config, 'projectors control')
    try {
      const registry = await openRegistry(control, new URL(config.readDatabaseUrl).username)
      const serving = await registry.serving(lane.generation.projection)
      if (serving === undefined) throw fenced
      demandUsable(serving, config.projectorShards)
      logger.info({ projection: lane.name, from: lane.generation.number, to: serving.number }, 'hands over')
      await lane.close()
      return await connected(serving, (sql) => Lane.adopt(sql, serving, shard, events))
    } finally {
      await control.close()
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.allSettled([...lanes.values()].map((lane) => lane.close()))
  }

  return {
    lanes: () => [...lanes.values()],
    async run() {
      for (let failures = 0; !signal.aborted; failures++) {
        try {
          await upgrade()
          await openAll()
          await feed({
            log,
            lanes: [...lanes.values()],
            maxBatch,
            signal,
            apply: ({ name }, batch) => applyTo(name, batch),
            progress: () => {
              failures = 0
            },
          })
        } catch (error) {
          if (!isOutage(error)) throw error
          logger.warn({ error }, 'a store is away; trying again')
          await sleep(Math.min(5000, 100 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2))
        } finally {
          await closeAll()
        }
      }
    },
  }
}

/** Throws Unrunnable when this process cannot fill a generation: other code made it, or it is split otherwise. */
export function demandUsable({ projection, version, number, shards }: Generation, expectedShards: number): void {
  if (version !== projection.version) {
    throw new Unrunnable(
      `${projection.name} is served by generation ${number}, which version ${version} of the projection made; ` +
        `this release has version ${projection.version}. The first shard of this release rebuilds it when it starts; ` +
        `so does "make rebuild NAME=${projection.name}".`,
    )
  }
  if (shards !== expectedShards) {
    throw new Unrunnable(
      `${projection.name} is split into ${shards} shard(s), and this process was started for ${expectedShards}. ` +
        `Set PROJECTOR_SHARDS=${shards}, or run "PROJECTOR_SHARDS=${expectedShards} make rebuild NAME=all" first.`,
    )
  }
}
