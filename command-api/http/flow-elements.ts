import { edgeOf, edgeView, nodeView } from '../../flow-engine/domain/views/elements.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { invalid } from '../../infra/runtime/http/problem.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import type { Caller } from '../../schemas/caller.ts'
import type { FlowData, FlowEdge, FlowNode } from '../../schemas/flow/graph.ts'
import { FlowsOfElement } from '../../schemas/flow/resource.ts'
import { flowRoutes as routes } from '../../schemas/flow/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { withEdge, withNode, withNodeChanged, withoutEdge, withoutNode } from '../domain/flow/elements.ts'
import { draftOf } from '../domain/flow/flow.ts'
import { ownWorkspace } from './access.ts'
import { type AnyRequest, askingOf, derivedId } from './asking.ts'
import type { FlowChanges, FlowRequest } from './flow-change.ts'
import { refuseErrors } from './refuse.ts'

interface ElementDoors {
  changes: FlowChanges
  log: Pick<EventLog, 'head'>
  queryApi: Service
}

interface Wanted {
  caller: Caller
  params: { id: string }
  traceId: string
}

/** Nodes and edges as views on the draft of a flow (document E). */
export function flowElementBindings({ changes, log, queryApi }: ElementDoors): Binding[] {
  const flowsOf = serviceCall(queryApi, routes.ofElement, FlowsOfElement)

  /** The flow that is named, else the only one that holds such an element. */
  const flowOf = async (kind: 'node' | 'edge', named: string | undefined, { caller, params, traceId }: Wanted) => {
    if (named !== undefined) return named.toLowerCase()
    const workspaceId = ownWorkspace(caller)
    const { body } = await flowsOf({
      caller: { kind: 'system', id: 'command-api', workspaceId },
      params: { id: workspaceId },
      query: { kind, element: params.id },
      waitFor: await log.head(),
      traceId,
    })
    const [only, other] = body.data
    if (only === undefined) throw new Rejection('not-found', `There is no such ${kind}.`)
    if (other === undefined) return only
    throw new Rejection('conflict', `Several flows have a ${kind} of this id: name one of them with ?flow=.`)
  }

  const edit = async (request: FlowRequest, flowId: string, action: string, edited: (graph: FlowData) => FlowData) => {
    const revise = ({ flowData }: { flowData: FlowData }) => ({ flowData: edited(flowData) })
    const { state, ...handled } = await changes.revise(request, flowId, action, { revise, active: undefined })
    if (state.status === 'none') throw new Error('The flow just changed is not there')
    return { ...handled, graph: draftOf(state.draft).flowData }
  }

  return [
    bind(routes.createNode, async (request) => {
      const flowId = request.body.flow.toLowerCase()
      const { flow: _, ...content } = request.body
      const node: FlowNode = { ...content, id: content.id ?? newId(request, flowId) }
      const { graph, revision, position } = await edit(request, flowId, 'add node', (known) => withNode(known, node))
      return { status: 201, body: nodeView(flowId, nodeIn(graph, node.id)), revision, position }
    }),

    bind(routes.updateNode, async (request) => {
      const { params, query, body } = request
      const { flow: named, id, ...content } = body
      if (id !== undefined && id !== params.id) {
        refuseErrors([{ path: '/id', message: 'id must be that of the path: edges name the node by it' }])
      }
      const flowId = await flowOf('node', query.flow ?? named, request)
      const { graph, revision, position } = await edit(request, flowId, 'change node', (known) =>
        withNodeChanged(known, params.id, content),
      )
      return { status: 200, body: nodeView(flowId, nodeIn(graph, params.id)), revision, position }
    }),

    bind(routes.removeNode, async (request) => {
      const { params, query } = request
      const flowId = await flowOf('node', query.flow, request)
      const { position } = await edit(request, flowId, 'remove node', (known) => withoutNode(known, params.id))
      return { status: 204, position }
    }),

    bind(routes.createEdge, async (request) => {
      const flowId = request.body.flow.toLowerCase()
      const edge = edgeOf(request.body, request.body.id ?? newId(request, flowId))
      if (Array.isArray(edge)) throw invalid(edge)
      const { graph, revision, position } = await edit(request, flowId, 'add edge', (known) => withEdge(known, edge))
      return { status: 201, body: edgeView(flowId, edgeIn(graph, edge.id)), revision, position }
    }),

    bind(routes.removeEdge, async (request) => {
      const { params, query } = request
      const flowId = await flowOf('edge', query.flow, request)
      const { position } = await edit(request, flowId, 'remove edge', (known) => withoutEdge(known, params.id))
      return { status: 204, position }
    }),
  ]
}

/** The same for a retry with the same idempotency key. */
function newId(request: AnyRequest, flowId: string): string {
  return derivedId(askingOf(request, streamOf('flow', flowId), 'add').commandId, 'element')
}

function nodeIn({ nodes }: FlowData, id: string): FlowNode {
  const node = nodes.find((one) => one.id === id)
  if (node === undefined) throw new Error('The node just written is not there')
  return node
}

function edgeIn({ edges }: FlowData, id: string): FlowEdge {
  const edge = edges.find((one) => one.id === id)
  if (edge === undefined) throw new Error('The edge just written is not there')
  return edge
}
