import { flowRun } from '../../flow-engine/domain/run/decide.ts'
import type { BegunRun } from '../../flow-engine/domain/run/run.ts'
import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { causeIn } from '../../schemas/cause.ts'
import type { RunStarter } from '../../schemas/flow-run/outcomes.ts'
import type { InternalRun } from '../../schemas/flow-run/resource.ts'
import { flowRunRoutes as routes } from '../../schemas/flow-run/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { conversation } from '../domain/conversation/decide.ts'
import { workspace } from '../domain/workspace/workspace.ts'
import { beginRun, type Ran, type RunTools, runFor, tell, walkOn } from '../flows/runs.ts'
import { tryFlow } from '../flows/try-flow.ts'
import { conversationFor, ownWorkspace, recent } from './access.ts'
import { askingOf, derivedId } from './asking.ts'
import { ask, type ConversationRequest } from './conversations.ts'

interface Start {
  flowId: string
  startedBy: RunStarter
  starterId: string | null
  unlessAssigned: boolean
  depth: number
}

/** Runs of chat flows: started by people and triggers, and moved on by flow-engine, which does what they ask for. */
export function flowRunBindings(tools: RunTools): Binding[] {
  const { handle, flows } = tools

  /** The conversation's stream decides that it is the only one; the run's stream then begins. */
  const start = async (request: ConversationRequest, { flowId, ...how }: Start): Promise<Ran> => {
    const { workspaceId } = await conversationFor(handle, request.caller, request.params.id)
    // One key is one run of this flow: in another conversation it would be another request.
    const runId = derivedId(askingOf(request, streamOf('flow', flowId), 'start-flow').commandId, 'run')
    const before = await startedBefore(handle, runId, request)
    if (before !== undefined) return before
    const { version } = await flows.active(workspaceId, flowId)
    if (version === null) throw new Error(`The active version of ${flowId} has no number`)
    const { state } = await ask(handle, request, 'start-flow', () => ({
      type: 'StartFlow',
      ...{ runId, flowId, version },
      ...how,
    }))
    if (state.flow === null) throw new Rejection('conflict', 'The flow has ended already.')
    return beginRun(tools, request, state, state.flow)
  }

  const answer = (status: number, { run, revision, position }: Ran): Reply => ({
    status,
    body: internalView(run),
    revision,
    position,
  })

  return [
    bind(routes.start, async (request) => {
      const { caller, body, params } = request
      const ran = await start(
        { ...request, params: { id: body.conversation_id.toLowerCase() } },
        { flowId: params.id, startedBy: 'api', starterId: idOf(caller), unlessAssigned: false, depth: 1 },
      )
      return { status: 201, body: publicView(ran.run), revision: ran.revision, position: ran.position }
    }),

    bind(routes.simulate, async ({ caller, params, body }) => {
      const id = ownWorkspace(caller)
      const { state } = await handle.look(workspace, id, recent)
      const name = state.status === 'none' ? '' : state.settings.name
      return { status: 200, body: await tryFlow(flows, { id, name }, params.id, body) }
    }),

    bind(routes.end, async (request) => {
      ownWorkspace(request.caller)
      const run = await runFor(tools, request, request.params.id)
      const ran = await tell(tools, request, run, { type: 'EndRun', outcome: 'stopped', why: 'by-hand' })
      return { status: 200, body: publicView(ran.run), revision: ran.revision, position: ran.position }
    }),

    bind(routes.begin, async (request) => {
      const { flowId, startedBy, starterId, unlessAssigned } = request.body
      const depth = causeIn(request.headers)?.depth ?? 1
      return answer(201, await start(request, { flowId, startedBy, starterId, unlessAssigned, depth }))
    }),

    bind(routes.get, async (request) => {
      const { params, query } = request
      if (query.conversationId !== undefined) {
        const { state } = await handle.look(conversation, query.conversationId.toLowerCase(), 0)
        if (state.status !== 'none' && state.flow?.runId === params.id) {
          return answer(200, await beginRun(tools, request, state, state.flow))
        }
      }
      const run = await runFor(tools, request, params.id)
      return { status: 200, body: internalView(run), revision: run.revision }
    }),

    bind(routes.step, async (request) => {
      const { run, walk } = await walking(tools, request)
      const { step, result, variable } = request.body
      return answer(200, await tell(tools, request, run, { type: 'CompleteStep', step, result, variable, ...walk }))
    }),

    bind(routes.reply, async (request) => {
      const { run, walk } = await walking(tools, request)
      const node = walk.graph.nodes.get(run.nodeId)
      const template = node?.type === 'template' ? await flows.template(run.workspaceId, node.templateId) : undefined
      const command = { type: 'ReplyToRun', ...request.body, buttons: template?.buttons ?? [], ...walk } as const
      return answer(200, await tell(tools, request, run, command))
    }),

    bind(routes.timeOut, async (request) => {
      const { run, walk } = await walking(tools, request)
      return answer(200, await tell(tools, request, run, { type: 'TimeOutRun', step: request.body.step, ...walk }))
    }),

    bind(routes.stop, async (request) => {
      const run = await runFor(tools, request, request.params.id)
      return answer(200, await tell(tools, request, run, { type: 'EndRun', ...request.body }))
    }),
  ]
}

/** The run that an earlier request with this key has started, whatever has become of the flow since. */
async function startedBefore(
  handle: RunTools['handle'],
  runId: string,
  { idempotencyKey, params }: ConversationRequest,
): Promise<Ran | undefined> {
  if (idempotencyKey === undefined) return undefined
  const { state, revision, position } = await handle.look(flowRun, runId, 0)
  if (state.status === 'none') return undefined
  if (state.conversationId === params.id) return { run: state, revision, position }
  const detail = 'This Idempotency-Key started the flow in another conversation: take a new key for each request.'
  throw new Rejection('idempotency-key-reused', detail)
}

/** A run with the version that it walks on. */
async function walking(tools: RunTools, request: ConversationRequest & { body: { step: number } }) {
  const run = await runFor(tools, request, request.params.id, request.body.step)
  return { run, walk: walkOn(await tools.flows.version(run.workspaceId, run.flowId, run.version)) }
}

/** What has ended keeps the visitor's words to itself: nothing needs them any more. */
function internalView(run: BegunRun): InternalRun {
  return run.status === 'ended'
    ? { ...run, variables: {}, doing: { kind: 'nothing' } }
    : { ...run, outcome: null, why: null, endedAt: null }
}

/** As document E names things. */
function publicView(run: BegunRun) {
  const {
    id,
    flowId: flow,
    version,
    conversationId,
    status,
    outcome,
    why,
    step,
    nodeId,
  } = {
    ...run,
    ...internalView(run),
  }
  const started_at = run.startedAt
  return { id, flow, version, conversation: conversationId, status, outcome, why, step, node: nodeId, started_at }
}

function idOf(caller: Caller): string | null {
  return 'id' in caller ? caller.id : null
}
