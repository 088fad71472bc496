import Type from 'typebox'
import { exactly, Id, pageOf } from '../fields.ts'
import { pageQuery, route } from '../route.ts'
import {
  CreateEdgeBody,
  CreateFlowBody,
  CreateNodeBody,
  EdgeView,
  Flow,
  FlowsOfElement,
  FlowTriggers,
  FlowVersion,
  FlowVersionBrief,
  InternalFlowVersion,
  ListedFlow,
  NodeView,
  UpdateFlowBody,
  UpdateNodeBody,
} from './resource.ts'

const tag = 'Chat flows'
const byId = exactly({ id: Id })
const path = '/chat-flow/flows/{id}/'
const read = { service: 'query-api', method: 'GET', access: 'agent', scope: 'read', tag } as const
const write = { service: 'command-api', access: 'admin', scope: 'manage', tag } as const
const internal = { method: 'GET', access: 'system', tag: 'Internal' } as const

const graph = `\`flow_data\` is ReactFlow's, kept whole: at most 10,000 nodes. Nodes are \`template\` (\`data.template_id\`, \`data.variables\`, \`data.timeout_seconds\`), \`condition\` (\`data\`: field, op, value) and \`action\` (\`data.action\`: type and what it needs). Edges say what takes them in \`trigger\` and \`trigger_value\`, or in the label: "Button: Track Order", "Text: yes", "Any", "Fallback", "Timeout", "True", "False"; one that says nothing is taken by anything. A graph that cannot run is refused, naming each place: unknown types, edges to nowhere, two edges of a node with one trigger, cycles in which nothing waits for a reply, templates and agents that do not exist, templates with variables that nothing sets. Other texts with such variables keep a draft from being activated. \`warnings\` names what is strange: nodes that no way leads to, labels that name no trigger, buttons that a template does not have, conditions on variables that nothing sets.`
const change = {
  ...write,
  path,
  summary: 'Change a flow',
  description: `Only what changes needs to be there. It changes the draft; runs and the active version go on as they are. With \`is_active: true\` the draft becomes the next version, unless it is the latest already. ${graph}`,
  params: byId,
  body: UpdateFlowBody,
  answers: { 200: { description: 'the flow as it is now', schema: Flow } },
  rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
} as const

/** A node or an edge by its id, which is unique in its flow. */
const byElement = exactly({ id: Type.String({ minLength: 1, maxLength: 200 }) })
const ofFlow = exactly({
  flow: Type.Optional({ ...Id, description: 'its flow; without it, the only flow with such an element' }),
})
const listOfFlow = exactly({ flow: Type.Optional({ ...Id, description: 'only of this flow' }), ...pageQuery(100) })
const elementRejections = ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'] as const

/** Chat flows (document E): flows, and nodes and edges as views on their graphs. */
export const flowRoutes = {
  list: route({
    ...read,
    path: '/chat-flow/flows/',
    summary: 'List flows, the oldest first',
    query: exactly({ is_active: Type.Optional(Type.Boolean()), ...pageQuery(20) }),
    answers: { 200: { description: 'a page of them', schema: pageOf(ListedFlow) } },
    rejections: ['projection-behind'],
  }),
  get: route({
    ...read,
    path,
    summary: 'Get a flow',
    params: byId,
    answers: { 200: { description: 'the flow, with its draft', schema: Flow } },
    rejections: ['not-found', 'projection-behind'],
  }),
  create: route({
    ...write,
    method: 'POST',
    path: '/chat-flow/flows/',
    summary: 'Create a flow',
    description: `With \`is_active: true\` it is version 1 at once. ${graph}`,
    body: CreateFlowBody,
    answers: { 201: { description: 'the flow', schema: Flow } },
    rejections: ['idempotency-key-reused'],
  }),
  update: route({ ...change, method: 'PUT' }),
  patch: route({ ...change, method: 'PATCH' }),
  remove: route({
    ...write,
    method: 'DELETE',
    path,
    summary: 'Delete a flow',
    description: 'It starts no more runs; those under way finish on their version.',
    params: byId,
    answers: { 204: { description: 'it is gone' } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  activate: route({
    ...write,
    method: 'POST',
    path: '/chat-flow/flows/{id}/activate/',
    summary: 'Activate a flow',
    description:
      'The draft becomes the next version, which never changes and which new runs take; where it is the latest version already, that one.',
    params: byId,
    answers: { 200: { description: 'the flow', schema: Flow } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  deactivate: route({
    ...write,
    method: 'POST',
    path: '/chat-flow/flows/{id}/deactivate/',
    summary: 'Deactivate a flow',
    description: 'It starts no more runs; those under way go on.',
    params: byId,
    answers: { 200: { description: 'the flow', schema: Flow } },
    rejections: ['not-found', 'conflict', 'idempotency-key-reused', 'precondition-failed'],
  }),
  versions: route({
    ...read,
    path: '/chat-flow/flows/{id}/versions/',
    summary: 'List the versions of a flow, the latest first',
    params: byId,
    query: exactly(pageQuery(20)),
    answers: { 200: { description: 'a page of them, without their graphs', schema: pageOf(FlowVersionBrief) } },
    rejections: ['not-found', 'projection-behind'],
  }),
  version: route({
    ...read,
    path: '/chat-flow/flows/{id}/versions/{version}/',
    summary: 'Get a version of a flow',
    params: exactly({ id: Id, version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
    answers: { 200: { description: 'the version', schema: FlowVersion } },
    rejections: ['not-found', 'projection-behind'],
  }),

  nodes: route({
    ...read,
    path: '/chat-flow/nodes/',
    summary: 'List nodes',
    description: 'Those of the drafts; without `flow`, of all flows of the workspace.',
    query: listOfFlow,
    answers: { 200: { description: 'a page of them', schema: pageOf(NodeView) } },
    rejections: ['not-found', 'projection-behind'],
  }),
  createNode: route({
    ...write,
    method: 'POST',
    path: '/chat-flow/nodes/',
    summary: 'Add a node to a flow',
    description: 'To the draft. Without an id it gets one.',
    body: CreateNodeBody,
    answers: { 201: { description: 'the node', schema: NodeView } },
    rejections: ['not-found', 'conflict', 'already-exists', 'idempotency-key-reused'],
  }),
  updateNode: route({
    ...write,
    method: 'PUT',
    path: '/chat-flow/nodes/{id}/',
    summary: 'Change a node of a flow',
    description: 'In the draft. Fields that are not there stay as they are; `data` is replaced whole.',
    params: byElement,
    query: ofFlow,
    body: UpdateNodeBody,
    answers: { 200: { description: 'the node', schema: NodeView } },
    rejections: elementRejections,
  }),
  removeNode: route({
    ...write,
    method: 'DELETE',
    path: '/chat-flow/nodes/{id}/',
    summary: 'Take a node out of a flow',
    description: 'Out of the draft, with the edges from it and to it.',
    params: byElement,
    query: ofFlow,
    answers: { 204: { description: 'it is gone' } },
    rejections: elementRejections,
  }),
  edges: route({
    ...read,
    path: '/chat-flow/edges/',
    summary: 'List edges',
    description: 'Those of the drafts, in both notations; without `flow`, of all flows of the workspace.',
    query: listOfFlow,
    answers: { 200: { description: 'a page of them', schema: pageOf(EdgeView) } },
    rejections: ['not-found', 'projection-behind'],
  }),
  createEdge: route({
    ...write,
    method: 'POST',
    path: '/chat-flow/edges/',
    summary: 'Add an edge to a flow',
    description: 'To the draft, in either notation. Without an id it gets one.',
    body: CreateEdgeBody,
    answers: { 201: { description: 'the edge, in both notations', schema: EdgeView } },
    rejections: ['not-found', 'conflict', 'already-exists', 'idempotency-key-reused'],
  }),
  removeEdge: route({
    ...write,
    method: 'DELETE',
    path: '/chat-flow/edges/{id}/',
    summary: 'Take an edge out of a flow',
    description: 'Out of the draft.',
    params: byElement,
    query: ofFlow,
    answers: { 204: { description: 'it is gone' } },
    rejections: elementRejections,
  }),

  internalVersion: route({
    ...internal,
    service: 'command-api',
    path: '/internal/flows/{id}/versions/{version}',
    summary: 'A version of a flow as the log has it, also of one that is deleted',
    params: exactly({ id: Id, version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
    answers: { 200: { description: 'the version', schema: InternalFlowVersion } },
    rejections: ['not-found'],
  }),
  triggers: route({
    ...internal,
    service: 'query-api',
    path: '/internal/workspaces/{id}/flow-triggers',
    summary: 'What starts the active flows of a workspace, the oldest first',
    params: byId,
    answers: { 200: { description: 'its active flows', schema: FlowTriggers } },
    rejections: ['projection-behind'],
  }),
  ofElement: route({
    ...internal,
    service: 'query-api',
    path: '/internal/workspaces/{id}/flows-of-element',
    summary: 'In which flows a node or an edge is',
    params: byId,
    query: exactly({ kind: Type.Enum(['node', 'edge']), element: Type.String({ minLength: 1, maxLength: 200 }) }),
    answers: { 200: { description: 'two of them at most', schema: FlowsOfElement } },
    rejections: ['projection-behind'],
  }),
}
