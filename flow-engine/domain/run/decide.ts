import type { FlowRunCommand, StartRun } from '../../../schemas/flow-run/commands.ts'
import { type FlowRunEvent, flowRunEvents } from '../../../schemas/flow-run/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { complete } from './complete.ts'
import { reply, timeOut } from './reply.ts'
import { evolve, type RunState, unbegun } from './run.ts'
import { ended, enter } from './walk.ts'

/** (graph, state, what happened) → what follows. The graph and the time come in the command. */
export function decide(state: RunState, command: FlowRunCommand): FlowRunEvent[] {
  if (command.type === 'StartRun') return state.status === 'none' ? start(command) : []
  if (state.status === 'none') throw new Rejection('not-found', 'There is no such run.')
  if (state.status === 'ended') return []
  switch (command.type) {
    case 'CompleteStep':
      return complete(state, command)
    case 'ReplyToRun':
      return reply(state, command)
    case 'TimeOutRun':
      return timeOut(state, command)
    case 'EndRun':
      return [ended(state, command.outcome, command.why)]
    default:
      return command satisfies never
  }
}

function start(command: StartRun): FlowRunEvent[] {
  const { type: _, graph, settings: _s, now, ...data } = command
  const started: FlowRunEvent = { type: 'FlowRunStarted', data }
  const at = { id: '', revision: 0, workspaceId: '', at: now, actor: { kind: 'bot', id: '' }, commandId: '' }
  const begun = evolve(unbegun, started, at)
  return begun.status === 'active' ? [started, ...enter(begun, command, graph.start, false)] : [started]
}

/** The rule book of a run, in the form that `handle` takes. Every command names its step, so that it need not remember any. */
export const flowRun = {
  noun: 'flowRun',
  initial: unbegun,
  types: flowRunEvents,
  decide,
  evolve,
  done: () => undefined,
} as const
