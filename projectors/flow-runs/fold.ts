import type { RecordedEach } from '../../schemas/envelope.ts'
import { utc } from '../../schemas/event-time.ts'
import type { FlowRunEvent } from '../../schemas/flow-run/events.ts'
import type { RunOutcome } from '../../schemas/flow-run/outcomes.ts'

export type RunRow = {
  readonly id: string
  readonly workspaceId: string
  readonly flowId: string
  readonly version: number
  readonly conversationId: string
  readonly contactId: string
  readonly status: 'active' | 'ended'
  readonly outcome: RunOutcome | null
  readonly why: string | null
  readonly startedBy: string
  readonly starterId: string | null
  readonly depth: number
  /** Nodes entered so far. */
  readonly step: number
  readonly nodeId: string | null
  /** When the present node was entered; null once it is left. */
  readonly enteredAt: string | null
  readonly waitingFor: 'reply' | 'time' | null
  readonly until: string | null
  readonly misses: number
  readonly startedAt: string
  readonly endedAt: string | null
  readonly updatedAt: string
  readonly revision: number
}

/** What a run's events are that show; variables are a person's, and are not copied. */
export type ShownRunEvent = Exclude<FlowRunEvent, { type: 'FlowVariableSet' }>

export function foldRun(row: RunRow | undefined, event: RecordedEach<ShownRunEvent>): RunRow {
  const { meta, revision } = event
  const at = utc(meta.at)
  if (event.type === 'FlowRunStarted') {
    const { runId: id, sessionId: _, ...facts } = event.data
    return {
      id,
      workspaceId: meta.workspaceId,
      ...facts,
      status: 'active',
      outcome: null,
      why: null,
      step: 0,
      nodeId: null,
      enteredAt: null,
      ...notWaiting,
      misses: 0,
      startedAt: at,
      endedAt: null,
      updatedAt: at,
      revision,
    }
  }
  if (row === undefined) throw new Error(`${event.type} of ${event.stream}, which was never made`)
  const known = { ...row, updatedAt: at, revision }
  switch (event.type) {
    case 'FlowNodeEntered': {
      const { step, nodeId, again } = event.data
      // Who is asked again has not left the node meanwhile.
      return { ...known, step, nodeId, enteredAt: again ? (row.enteredAt ?? at) : at, ...notWaiting }
    }
    case 'FlowRunWaiting':
      return { ...known, waitingFor: event.data.for, until: utc(event.data.until) }
    case 'FlowReplyMissed':
      return { ...known, misses: row.misses + 1 }
    case 'FlowNodeLeft':
      return { ...known, enteredAt: null, ...notWaiting }
    case 'FlowRunEnded': {
      const { outcome, why } = event.data
      return { ...known, status: 'ended', outcome, why, enteredAt: null, ...notWaiting, endedAt: at }
    }
    default:
      event satisfies never
      return known
  }
}

const notWaiting = { waitingFor: null, until: null } as const
