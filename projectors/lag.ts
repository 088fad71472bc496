import { type EventLog, isUndecodable } from '../infra/runtime/event-store/log.ts'
import { comparePositions, formatPosition, type LogPosition } from '../schemas/envelope.ts'
import { readCheckpoint } from './checkpoint.ts'
import { isStart } from './generation.ts'
import type { Projection } from './projection.ts'
import type { Registry } from './registry.ts'
import type { Sql } from './sql.ts'

export interface Lag {
  projection: string
  generation: number
  shard: number
  position: string
  /** Of the last event in the log; null for an empty log. */
  head: string | null
  /** How far the checkpoint is behind the head, in log positions. */
  positions: number
  /** How long the next event has been waiting; 0 when there is none. */
  seconds: number
  parkedStreams: number
}

/** Of every projection that serves, by shard; asked of the stores, whether runners run or not. */
export async function lags(sql: Sql, log: EventLog, registry: Registry, all: readonly Projection[]): Promise<Lag[]> {
  const head = await log.head()
  const found: Lag[] = []
  for (const projection of all) {
    const serving = await registry.serving(projection)
    for (let shard = 0; serving !== undefined && shard < serving.shards; shard++) {
      const { position } = await readCheckpoint(sql, serving, shard)
      const [parked] = await sql.query<{ streams: number }>(
        `select count(*) as streams from projection.quarantine
         where projection = $1 and generation = $2 and shard = $3`,
        [projection.name, serving.number, shard],
      )
      found.push({
        projection: projection.name,
        generation: serving.number,
        shard,
        position: isStart(position) ? '-' : formatPosition(position),
        head: head === undefined ? null : formatPosition(head),
        positions: positionsBehind(position, head),
        seconds: isBehind(position, head) ? await secondsBehind(log, position) : 0,
        parkedStreams: parked?.streams ?? 0,
      })
    }
  }
  return found
}

export function isBehind(position: LogPosition, head: LogPosition | undefined): boolean {
  return head !== undefined && comparePositions(position, head) < 0
}

export function positionsBehind(position: LogPosition, head: LogPosition | undefined): number {
  if (head === undefined || !isBehind(position, head)) return 0
  return Number(head.commit - (isStart(position) ? 0n : position.commit))
}

/** The age of the first event after a position. */
async function secondsBehind(log: EventLog, position: LogPosition): Promise<number> {
  const after = isStart(position) ? {} : { after: position }
  const enough = new AbortController()
  try {
    for await (const { events, caughtUp } of log.subscribe({ ...after, maxBatch: 1, signal: enough.signal })) {
      const [next] = events
      if (next !== undefined) {
        return isUndecodable(next) ? 0 : Math.max(0, Date.now() - Date.parse(next.meta.at)) / 1000
      }
      if (caughtUp) return 0
    }
    return 0
  } finally {
    enough.abort()
  }
}
