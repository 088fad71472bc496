import type { ReplyToRun, TimeOutRun } from '../../../schemas/flow-run/commands.ts'
import type { FlowRunEvent } from '../../../schemas/flow-run/events.ts'
import { match } from './match.ts'
import type { ActiveRun } from './run.ts'
import { ended, enter, leave, nodeOf } from './walk.ts'

/**
 * Goes on by the edge that a reply matches. One that matches none is asked again, so often as the flow is set to; then it goes to a
 * person. A message from before the question is no reply to it.
 */
export function reply(state: ActiveRun, command: ReplyToRun): FlowRunEvent[] {
  const { doing, id: runId, step, nodeId } = state
  if (doing.kind !== 'reply' || command.step !== step || command.revision <= doing.asked) return []
  const { graph, settings, buttons, text, value, messageId } = command
  const node = nodeOf(graph, nodeId)
  if (node === undefined) return [ended(state, 'failed', 'missing-node')]
  const edge = match(node.edges, buttons, { text, value })
  if (edge !== undefined) {
    const sent = { kind: 'sent', messageId: doing.messageId, revision: doing.asked } as const
    return leave(state, command, { edge, result: sent, messageId })
  }
  const misses = state.misses + 1
  const missed: FlowRunEvent = { type: 'FlowReplyMissed', data: { runId, step, nodeId, messageId, misses } }
  if (misses > settings.max_misses) return [missed, ended(state, 'handed_over', 'misses')]
  return [missed, ...enter(state, command, nodeId, true)]
}

/** Time has passed. Before it has, nothing happens: clocks differ, and may go back. */
export function timeOut(state: ActiveRun, command: TimeOutRun): FlowRunEvent[] {
  const { doing, step, nodeId } = state
  if (command.step !== step || doing.kind === 'effect' || Date.parse(command.now) < Date.parse(doing.until)) return []
  const edges = nodeOf(command.graph, nodeId)?.edges ?? []
  if (doing.kind === 'time') {
    return leave(state, command, { edge: edges.find(({ trigger }) => trigger === 'any'), result: { kind: 'waited' } })
  }
  const edge = edges.find(({ trigger }) => trigger === 'timeout')
  if (edge === undefined) return [ended(state, 'timed_out', 'timeout')]
  const sent = { kind: 'sent', messageId: doing.messageId, revision: doing.asked } as const
  return leave(state, command, { edge, result: sent })
}
