import { classOf } from '../../schemas/duration-scale.ts'
import type { RecordedEach } from '../../schemas/envelope.ts'
import type { RunOutcome } from '../../schemas/flow-run/outcomes.ts'
import { add, type Change, type Op, part, put, set } from '../projection.ts'
import { foldRun, type RunRow, type ShownRunEvent } from './fold.ts'
import { counts, nodeSeconds, nodeStats, type OutcomeSum, runs, stats, steps } from './tables.ts'

const sumOf: Readonly<Record<RunOutcome, OutcomeSum>> = {
  completed: 'completed',
  timed_out: 'timedOut',
  handed_over: 'handedOver',
  failed: 'failed',
  taken_over: 'takenOver',
  stopped: 'stopped',
}

const change = (before: RunRow | undefined, event: RecordedEach<ShownRunEvent>): Change<RunRow> => {
  const row = foldRun(before, event)
  return { row, ops: opsOf(before, row, event) }
}

function opsOf(before: RunRow | undefined, row: RunRow, event: RecordedEach<ShownRunEvent>): Op[] {
  const { id: runId, workspaceId, flowId, version, updatedAt: at } = row
  const place = { workspaceId, flowId, version, day: Math.floor(Date.parse(at) / 86_400_000) }
  switch (event.type) {
    case 'FlowRunStarted':
      return [add(stats, { ...place, started: 1 })]
    case 'FlowNodeEntered': {
      const { step, nodeId, nodeType, again } = event.data
      const open = { leftAt: null, edgeId: null, trigger: null, result: null, why: null }
      const entered = { runId, step, nodeId, nodeType, again, enteredAt: at, ...open }
      // Asking again is no other entry: whoever entered has left, has been dropped, or is still there.
      if (again) return [put(steps, entered)]
      return [put(steps, entered), add(nodeStats, { ...place, nodeId, edgeId: '', trigger: '', entries: 1 })]
    }
    case 'FlowReplyMissed':
      return [add(nodeStats, { ...place, nodeId: event.data.nodeId, edgeId: '', trigger: '', misses: 1 })]
    case 'FlowNodeLeft': {
      const { step, nodeId, edgeId, trigger, result } = event.data
      const why = result.kind === 'refused' ? result.why : null
      const left = set(steps, { runId, step }, { leftAt: at, edgeId, trigger, result: result.kind, why })
      const counted = { ...place, nodeId, edgeId: edgeId ?? '', trigger: trigger ?? '', exits: 1 }
      return [left, add(nodeStats, counted), ...secondsOp(before, row, place, nodeId)]
    }
    case 'FlowRunEnded': {
      const ended = add(stats, { ...place, [sumOf[event.data.outcome]]: 1 })
      // Whoever is still at a node when the run ends has not left it by any edge.
      const at = before?.enteredAt === null ? null : (before?.nodeId ?? null)
      return at === null
        ? [ended]
        : [ended, add(nodeStats, { ...place, nodeId: at, edgeId: '', trigger: '', drops: 1 })]
    }
    case 'FlowRunWaiting': {
      // The question is out, whatever becomes of the run before it is answered.
      const { step, for: awaited } = event.data
      return awaited === 'reply' ? [set(steps, { runId, step }, { result: 'sent' })] : []
    }
    default:
      event satisfies never
      return []
  }
}

type Place = { workspaceId: string; flowId: string; version: number; day: number }

function secondsOp(before: RunRow | undefined, { updatedAt }: RunRow, place: Place, nodeId: string): Op[] {
  const enteredAt = before?.enteredAt ?? null
  if (enteredAt === null) return []
  const ms = Math.max(0, Date.parse(updatedAt) - Date.parse(enteredAt))
  return [add(nodeSeconds, { ...place, nodeId, class: classOf(ms), n: 1 })]
}

/** How many runs there are of each status, whatever it was before. */
function settle(before: RunRow | undefined, after: RunRow): Op[] {
  if (before?.status === after.status) return []
  const counted = ({ workspaceId, flowId, status }: RunRow, n: number) =>
    add(counts, { workspaceId, flowId, status, n })
  return [...(before === undefined ? [] : [counted(before, -1)]), counted(after, 1)]
}

export const runTables = [runs, steps, nodeSeconds, nodeStats, stats, counts]

export const runPart = part<RunRow>({
  noun: 'flowRun',
  state: runs,
  changes: {
    FlowRunStarted: change,
    FlowNodeEntered: change,
    FlowRunWaiting: change,
    FlowReplyMissed: change,
    FlowNodeLeft: change,
    FlowRunEnded: change,
  },
  settle,
})
