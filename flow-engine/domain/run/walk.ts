import type { Graph, GraphEdge, GraphNode } from '../../../schemas/flow/graph.ts'
import type { Walk } from '../../../schemas/flow-run/commands.ts'
import type { FlowRunEvent, StepResult } from '../../../schemas/flow-run/events.ts'
import type { RunOutcome } from '../../../schemas/flow-run/outcomes.ts'
import type { ActiveRun } from './run.ts'

/** A run that goes on for ever is one that nobody meant (DESIGN.md section 8). */
export const maxSteps = 100

/** Leaves the present node by an edge, for the next; by none, the flow is at its end. */
export function leave(
  state: ActiveRun,
  walk: Walk,
  { edge, result, messageId = null }: { edge: GraphEdge | undefined; result: StepResult; messageId?: string | null },
): FlowRunEvent[] {
  const { id: runId, step, nodeId } = state
  const left: FlowRunEvent = {
    type: 'FlowNodeLeft',
    data: { runId, step, nodeId, edgeId: edge?.id ?? null, trigger: edge?.trigger ?? null, result, messageId },
  }
  if (edge === undefined) return [left, ended(state, 'completed', 'end')]
  return [left, ...enter(state, walk, edge.target, false)]
}

/** Enters a node as the next step; a wait begins at once. */
export function enter(state: ActiveRun, { graph, now }: Walk, nodeId: string, again: boolean): FlowRunEvent[] {
  const step = state.step + 1
  if (step > maxSteps) return [ended(state, 'failed', 'too-many-steps')]
  const node = nodeOf(graph, nodeId)
  if (node === undefined) return [ended(state, 'failed', 'missing-node')]
  const runId = state.id
  const entered: FlowRunEvent = {
    type: 'FlowNodeEntered',
    data: { runId, step, nodeId, nodeType: node.type, again },
  }
  if (node.type !== 'action' || node.action.type !== 'wait') return [entered]
  const until = later(now, node.action.seconds)
  return [
    entered,
    { type: 'FlowRunWaiting', data: { runId, step, nodeId, for: 'time', asked: null, messageId: null, until } },
  ]
}

export function ended(state: ActiveRun, outcome: RunOutcome, why: string): FlowRunEvent {
  const { id: runId, flowId, version, conversationId, step: steps } = state
  return { type: 'FlowRunEnded', data: { runId, flowId, version, conversationId, outcome, why, steps } }
}

export const nodeOf = (graph: Graph, id: string): GraphNode | undefined => graph.nodes.get(id)

/** ISO 8601, so many seconds after. */
export function later(now: string, seconds: number): string {
  return new Date(Date.parse(now) + seconds * 1000).toISOString()
}
