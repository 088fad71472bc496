import { flowRun } from '../../flow-engine/domain/run/decide.ts'
import type { BegunRun } from '../../flow-engine/domain/run/run.ts'
import type { CommandContext } from '../../infra/runtime/event-store/log.ts'
import type { FlowRunCommand, Walk } from '../../schemas/flow-run/commands.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { RunningFlow, Started } from '../domain/conversation/conversation.ts'
import { conversation } from '../domain/conversation/decide.ts'
import type { Handle, Handled } from '../handle.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, derivedId } from '../http/asking.ts'
import type { FlowBook, Walkable } from './flow-book.ts'

export interface RunTools {
  handle: Handle
  flows: FlowBook
}

/** A run, and where the log stands after what was asked of it. */
export type Ran = Pick<Handled<unknown>, 'revision' | 'position'> & { run: BegunRun }

export const walkOn = ({ graph, settings }: Walkable): Walk => ({ graph, settings, now: new Date().toISOString() })

/** The run of this id, for a caller of its workspace or a service of ours; where the step is said, one that has come so far. */
export async function runFor(
  { handle }: RunTools,
  { caller }: Pick<AnyRequest, 'caller'>,
  id: string,
  step = 0,
): Promise<BegunRun> {
  const own = caller.kind !== 'visitor' && 'workspaceId' in caller ? caller.workspaceId : undefined
  const { state } = await handle.look(flowRun, id, Number.POSITIVE_INFINITY)
  const isBehind = state.status === 'none' || state.step < step
  const known = isBehind ? (await handle.look(flowRun, id, 0)).state : state
  if (known.status === 'none' || (own !== undefined && own !== known.workspaceId)) throw noRun()
  return known
}

/** Begins the run that a conversation names, once: also where that was cut off before. */
export async function beginRun(tools: RunTools, request: AnyRequest, about: Started, flow: RunningFlow): Promise<Ran> {
  const { id: conversationId, workspaceId, contactId } = about
  const { runId, flowId, version, sessionId, startedBy, starterId, depth } = flow
  const walkable = await tools.flows.version(workspaceId, flowId, version)
  return tell(
    tools,
    request,
    { id: runId, workspaceId, contactId, conversationId },
    {
      type: 'StartRun',
      ...{ runId, flowId, version, conversationId, sessionId, contactId, startedBy, starterId, depth },
      ...walkOn(walkable),
    },
  )
}

/** Tells a run something; where it ends by that, or has ended, its conversation is told too. */
export async function tell(
  { handle }: RunTools,
  request: AnyRequest,
  run: Pick<BegunRun, 'id' | 'workspaceId' | 'contactId' | 'conversationId'>,
  command: FlowRunCommand,
): Promise<Ran> {
  const context = contextFor(request, run)
  const { state, revision, position } = await handle(flowRun, run.id, command, context)
  if (state.status === 'none') throw noRun()
  const ran = { run: state, revision, position }
  if (state.status !== 'ended') return ran
  const end = { type: 'EndFlow', runId: run.id, outcome: state.outcome } as const
  const commandId = derivedId(context.commandId, 'conversation')
  const told = await handle(conversation, run.conversationId, end, { ...context, commandId, request: undefined })
  return told.events.length === 0 ? ran : { ...ran, position: told.position }
}

function contextFor(
  request: AnyRequest,
  { id, workspaceId, contactId }: Pick<BegunRun, 'id' | 'workspaceId' | 'contactId'>,
): CommandContext {
  const asking = { ...askingOf(request, id, 'run'), request: undefined }
  return contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, ''), key: contactId })
}

function noRun(): Rejection {
  return new Rejection('not-found', 'There is no such run.')
}
