import { Counter, Gauge, type Registry } from 'prom-client'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import type { LogPosition } from '../schemas/envelope.ts'
import { isBehind, positionsBehind } from './lag.ts'
import type { Lane, LaneEvents } from './lane.ts'

export interface Gauges {
  readonly events: LaneEvents
  /** Looks at the log and the lanes now, and then once a second. */
  watch(lanes: () => readonly Lane[], log: EventLog): void
  stop(): void
}

const labelNames = ['projection', 'shard'] as const
const everyMs = 1000

/** Lag by projection and shard, and the alarm for parked streams. */
export function createGauges(registry: Registry): Gauges {
  const registers = [registry]
  const positions = new Gauge({
    name: 'projection_lag_positions',
    help: 'Log positions from the checkpoint to the end of the log',
    labelNames,
    registers,
  })
  const seconds = new Gauge({
    name: 'projection_lag_seconds',
    help: 'How long the projection has been behind the end of the log',
    labelNames,
    registers,
  })
  const parked = new Gauge({
    name: 'projection_parked_streams',
    help: 'Streams that wait in quarantine; anything above 0 is an alarm',
    labelNames,
    registers,
  })
  const poisons = new Counter({
    name: 'projection_poison_events_total',
    help: 'Events that could not be applied',
    labelNames,
    registers,
  })
  let timer: NodeJS.Timeout | undefined
  let head: LogPosition | undefined

  const observe = (lane: Lane) => {
    const labels = { projection: lane.name, shard: String(lane.shard) }
    const behind = isBehind(lane.position, head)
    if (!behind) lane.currentUntil = Date.now()
    positions.set(labels, positionsBehind(lane.position, head))
    seconds.set(labels, behind ? Math.max(0, Date.now() - lane.currentUntil) / 1000 : 0)
    parked.set(labels, lane.parkedCount)
  }

  return {
    events: { parked: (_, lane) => poisons.inc({ projection: lane.name, shard: String(lane.shard) }) },
    watch(lanes, log) {
      const look = async () => {
        // When the log is away, the last known end of it still says how far behind the lanes are.
        head = await log.head().catch(() => head)
        for (const lane of lanes()) observe(lane)
        timer = setTimeout(look, everyMs).unref()
      }
      void look()
    },
    stop() {
      clearTimeout(timer)
    },
  }
}
