import { table } from '../table.ts'
import type { RunRow } from './fold.ts'

export const runs = table<RunRow>({
  name: 'flow_runs',
  columns: {
    id: 'uuid',
    workspaceId: 'uuid',
    flowId: 'uuid',
    version: 'integer',
    conversationId: 'uuid',
    contactId: 'uuid',
    status: 'text',
    outcome: 'text?',
    why: 'text?',
    startedBy: 'text',
    starterId: 'text?',
    depth: 'integer',
    step: 'integer',
    nodeId: 'text?',
    enteredAt: 'timestamptz?',
    waitingFor: 'text?',
    until: 'timestamptz?',
    misses: 'integer',
    startedAt: 'timestamptz',
    endedAt: 'timestamptz?',
    updatedAt: 'timestamptz',
    revision: 'integer',
  },
  key: ['id'],
  indexes: [
    { columns: ['workspace_id', 'started_at', 'id'] },
    { columns: ['workspace_id', 'flow_id', 'started_at', 'id'] },
    { columns: ['conversation_id', 'started_at', 'id'] },
    // Of those that are under way there are few: they are armed again when the engine starts.
    { columns: ['id'], where: "status = 'active'" },
    { columns: ['workspace_id', 'flow_id', 'started_at', 'id'], where: "status = 'active'" },
  ],
})

/** Each node that a run has entered. */
type StepRow = {
  readonly runId: string
  readonly step: number
  readonly nodeId: string
  readonly nodeType: string
  readonly again: boolean
  readonly enteredAt: string
  readonly leftAt: string | null
  readonly edgeId: string | null
  readonly trigger: string | null
  readonly result: string | null
  /** Of a refusal. */
  readonly why: string | null
}

export const steps = table<StepRow>({
  name: 'flow_run_steps',
  columns: {
    runId: 'uuid',
    step: 'integer',
    nodeId: 'text',
    nodeType: 'text',
    again: 'boolean',
    enteredAt: 'timestamptz',
    leftAt: 'timestamptz?',
    edgeId: 'text?',
    trigger: 'text?',
    result: 'text?',
    why: 'text?',
  },
  key: ['runId', 'step'],
})

/** Of which version of which flow, on which day: since 1970, UTC. */
type Place = {
  readonly workspaceId: string
  readonly flowId: string
  readonly version: number
  readonly day: number
}
const place = { workspaceId: 'uuid', flowId: 'uuid', version: 'integer', day: 'integer' } as const
const placeKey = ['workspaceId', 'flowId', 'version', 'day'] as const

export type OutcomeSum = 'completed' | 'timedOut' | 'handedOver' | 'failed' | 'takenOver' | 'stopped'
type StatRow = Place & { readonly started: number } & { readonly [S in OutcomeSum]: number }

/** Runs by the day on which they started or ended. */
export const stats = table<StatRow>({
  name: 'flow_stats',
  columns: {
    ...place,
    started: 'integer',
    completed: 'integer',
    timedOut: 'integer',
    handedOver: 'integer',
    failed: 'integer',
    takenOver: 'integer',
    stopped: 'integer',
  },
  key: [...placeKey],
  sums: ['started', 'completed', 'timedOut', 'handedOver', 'failed', 'takenOver', 'stopped'],
})

type NodeStatRow = Place & {
  readonly nodeId: string
  /** By which it was left; empty where it was not, or where the flow ended with it. */
  readonly edgeId: string
  readonly trigger: string
  readonly entries: number
  readonly exits: number
  /** Replies that matched nothing. */
  readonly misses: number
  /** Runs that ended there without leaving it. */
  readonly drops: number
}

export const nodeStats = table<NodeStatRow>({
  name: 'flow_node_stats',
  columns: {
    ...place,
    nodeId: 'text',
    edgeId: 'text',
    trigger: 'text',
    entries: 'integer',
    exits: 'integer',
    misses: 'integer',
    drops: 'integer',
  },
  key: [...placeKey, 'nodeId', 'edgeId', 'trigger'],
  sums: ['entries', 'exits', 'misses', 'drops'],
})

type NodeSecondsRow = Place & { readonly nodeId: string; readonly class: number; readonly n: number }

/** How long nodes took from entering to leaving, by class of duration (schemas/duration-scale.ts). */
export const nodeSeconds = table<NodeSecondsRow>({
  name: 'flow_node_seconds',
  columns: { ...place, nodeId: 'text', class: 'integer', n: 'integer' },
  key: [...placeKey, 'nodeId', 'class'],
  sums: ['n'],
})

type CountRow = {
  readonly workspaceId: string
  readonly flowId: string
  readonly status: string
  readonly n: number
}

export const counts = table<CountRow>({
  name: 'flow_run_counts',
  columns: { workspaceId: 'uuid', flowId: 'uuid', status: 'text', n: 'bigint' },
  key: ['workspaceId', 'flowId', 'status'],
  sums: ['n'],
})
