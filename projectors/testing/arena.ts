import pg from 'pg'
import { type Stack, startStack } from '../../infra/local/stack.ts'
import { createEventLog } from '../../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { createLogger, type Logger } from '../../infra/runtime/logger.ts'
import { createVault } from '../../infra/runtime/vault/vault.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { comparePositions } from '../../schemas/envelope.ts'
import { checksumOf } from '../checksum.ts'
import type { Projection } from '../projection.ts'
import { openRegistry } from '../registry.ts'
import { createRunner, type Runner, type RunnerOptions } from '../runner.ts'
import { projections } from '../screens.ts'
import { connect, type Sql } from '../sql.ts'
import { type History, uuid } from './history.ts'

/** A real event store and a real Postgres, with whatever runs on them. */
export interface Arena {
  stack: Stack
  log: EventLog
  sql: Sql
  logger: Logger
  append(history: History, from?: number): Promise<LogPosition>
  /** Side by side; the position of the last. */
  appendAll(histories: readonly History[]): Promise<LogPosition>
  run(options?: Partial<RunnerOptions> & { shard?: number; shards?: number }): Running
  /** Resolves when every projection has passed a position, in all its shards. */
  passed(position: LogPosition, withinMs?: number): Promise<void>
  checksums(): Promise<Record<string, string>>
  /** A new connection for `sql`, after Postgres was killed. */
  reconnect(): Promise<void>
  stop(): Promise<void>
}

export interface Running {
  runner: Runner
  /** Settles as the run does. */
  done: Promise<void>
  stop(): Promise<void>
}

export async function openArena(chosen: readonly Projection[] = projections): Promise<Arena> {
  const stack = await startStack({
    ports: 'free',
    only: ['event-store', 'postgres'],
    env: { NODE_ENV: 'test' },
  })
  const { config } = stack
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 2 })
  pool.on('error', (error) => logger.debug({ error }, 'lost a connection'))
  const logger = createLogger({ logLevel: 'silent' }, 'test')
  const vault = createVault({ pool, masterKey: config.vaultKey })
  await vault.ensureSchema()
  const log = createEventLog({ config, vault })
  let connection = await connect(config, 'test')
  const sql: Sql = {
    query: (...asked) => connection.query(...asked),
    script: (text) => connection.script(text),
    close: () => connection.close(),
  }
  const reader = new URL(config.readDatabaseUrl).username
  await openRegistry(sql, reader)
  const running = new Set<Running>()

  return {
    stack,
    log,
    sql,
    logger,
    append: (history, from = 0) => append(log, history, from),
    async appendAll(histories) {
      const positions = await Promise.all(histories.map((history) => append(log, history, 0)))
      return positions.reduce((last, position) => (comparePositions(last, position) < 0 ? position : last))
    },
    run({ shard = 0, shards = 1, ...options } = {}) {
      const stopping = new AbortController()
      const runner = createRunner({
        log,
        projections: chosen,
        logger,
        signal: stopping.signal,
        ...options,
        config: { ...config, projectorShard: shard, projectorShards: shards },
      })
      const done = runner.run()
      const started: Running = {
        runner,
        done,
        async stop() {
          running.delete(started)
          stopping.abort()
          await done
        },
      }
      running.add(started)
      return started
    },
    async passed(position, withinMs = 20_000) {
      const deadline = Date.now() + withinMs
      for (;;) {
        const rows = await sql.query<{ projection: string; commit: string; prepare: string }>(
          'select projection, commit::text, prepare::text from read.positions',
        )
        const behind = rows.filter(
          ({ commit, prepare }) => comparePositions({ commit: BigInt(commit), prepare: BigInt(prepare) }, position) < 0,
        )
        if (rows.length >= chosen.length && behind.length === 0) return
        if (Date.now() > deadline) throw new Error(`behind: ${behind.map(({ projection }) => projection).join(', ')}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async checksums() {
      const registry = await openRegistry(sql, reader)
      const sums: Record<string, string> = {}
      for (const projection of chosen) {
        const serving = await registry.serving(projection)
        if (serving !== undefined) sums[projection.name] = (await checksumOf(sql, serving)).checksum
      }
      return sums
    },
    async reconnect() {
      await connection.close()
      connection = await connect(config, 'test')
    },
    async stop() {
      await Promise.allSettled([...running].map((one) => one.stop()))
      await sql.close()
      await log.close()
      await pool.end()
      await stack.stop()
    },
  }
}

/** Appends the events of a history from an index on, in one append for each instant. */
async function append(
  log: EventLog,
  { stream, key, workspaceId, events }: History,
  from: number,
): Promise<LogPosition> {
  let prevHash = from === 0 ? '' : ((await log.readLast(stream))?.meta.hash ?? '')
  let position: LogPosition | undefined
  for (let index = from; index < events.length; ) {
    const at = events[index]?.at ?? ''
    const together = events.slice(index).filter((one, offset) => offset === 0 || one.at === at)
    const count = Math.min(together.length, 200)
    const appended = await log.append({
      stream,
      expected: index - 1,
      prevHash,
      events: events.slice(index, index + count).map(({ event }) => event),
      context: {
        workspaceId,
        actor: { kind: 'system', id: 'test' },
        commandId: uuid(stream, index),
        correlationId: 'test',
        causationId: 'test',
        at,
        ...(key === undefined ? {} : { key }),
      },
    })
    prevHash = appended.events.at(-1)?.meta.hash ?? ''
    position = appended.position
    index += count
  }
  if (position === undefined) throw new Error('there was nothing to append')
  return position
}
