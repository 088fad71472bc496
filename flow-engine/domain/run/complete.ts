import type { FlowAction } from '../../../schemas/flow/actions.ts'
import type { GraphEdge, GraphNode } from '../../../schemas/flow/graph.ts'
import type { CompleteStep } from '../../../schemas/flow-run/commands.ts'
import type { FlowRunEvent, StepResult } from '../../../schemas/flow-run/events.ts'
import type { ActiveRun } from './run.ts'
import { ended, later, leave, nodeOf } from './walk.ts'

/** Goes on after the effect of a step. One that was told before, or is about another step, changes nothing. */
export function complete(state: ActiveRun, command: CompleteStep): FlowRunEvent[] {
  if (state.step !== command.step || state.doing.kind !== 'effect') return []
  const node = nodeOf(command.graph, state.nodeId)
  if (node === undefined) return [ended(state, 'failed', 'missing-node')]
  const set = variableOf(state, command)
  switch (node.type) {
    case 'template':
      return [...set, ...asked(state, command, node)]
    case 'condition': {
      const { result } = command
      if (result.kind !== 'condition') return [ended(state, 'failed', whyOf(result))]
      return [...set, ...leave(state, command, { edge: edgeFor(node, result.holds ? 'true' : 'false'), result })]
    }
    case 'action':
      return [...set, ...acted(state, command, node)]
    default:
      return node satisfies never
  }
}

function variableOf({ id: runId, step }: ActiveRun, { variable }: CompleteStep): FlowRunEvent[] {
  return variable === undefined ? [] : [{ type: 'FlowVariableSet', data: { runId, step, ...variable } }]
}

/** Its message is sent: where edges lead on, a reply is waited for. */
function asked(
  state: ActiveRun,
  command: CompleteStep,
  node: Extract<GraphNode, { type: 'template' }>,
): FlowRunEvent[] {
  const { result, settings, now } = command
  if (result.kind !== 'sent') {
    const edge = edgeFor(node, 'fallback')
    return edge === undefined ? [ended(state, 'failed', whyOf(result))] : leave(state, command, { edge, result })
  }
  if (node.edges.length === 0) return leave(state, command, { edge: undefined, result })
  const { id: runId, step, nodeId } = state
  const { revision, messageId } = result
  const until = later(now, node.timeoutSeconds ?? settings.timeout_seconds)
  return [{ type: 'FlowRunWaiting', data: { runId, step, nodeId, for: 'reply', asked: revision, messageId, until } }]
}

function acted(state: ActiveRun, command: CompleteStep, node: Extract<GraphNode, { type: 'action' }>): FlowRunEvent[] {
  const { result } = command
  const { type } = node.action
  if (type === 'handover' || (type === 'close' && result.kind === 'done')) {
    const [left] = leave(state, command, { edge: undefined, result })
    const end = type === 'handover' ? ended(state, 'handed_over', 'handover') : ended(state, 'completed', 'closed')
    return left === undefined ? [end] : [left, end]
  }
  const failed = result.kind === 'refused' || (result.kind === 'webhook' && !isSuccess(result.status))
  const edge = (failed ? edgeFor(node, 'fallback') : undefined) ?? edgeFor(node, 'any')
  // The visitor still waits for an answer, and the flow has none.
  if (edge === undefined && failed && answers.includes(type)) return [ended(state, 'handed_over', whyOf(result))]
  return leave(state, command, { edge, result })
}

const answers: readonly FlowAction['type'][] = ['reply', 'ai_reply']

const isSuccess = (status: number) => status >= 200 && status < 300

function edgeFor({ edges }: GraphNode, wanted: GraphEdge['trigger']): GraphEdge | undefined {
  return edges.find(({ trigger }) => trigger === wanted)
}

function whyOf(result: StepResult): string {
  return result.kind === 'refused' ? result.why.slice(0, 100) : 'unexpected-result'
}
