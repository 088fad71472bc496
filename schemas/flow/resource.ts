import Type, { type Static } from 'typebox'
import { exactly, Id, Name, nullable, shownAs, Time } from '../fields.ts'
import { FlowSettings } from './events.ts'
import { edgeTriggers, FlowData } from './graph.ts'

const FlowName = shownAs(Name, 'Welcome Flow')
const settings: FlowSettings = {
  timeout_seconds: 3600,
  max_misses: 2,
  triggers: { keywords: ['order'], on_conversation_start: false },
}
const Settings = shownAs(FlowSettings, settings)
const { timeout_seconds, max_misses, triggers } = FlowSettings.properties

/** Settings of which only some are said; the others stay, or are the defaults. */
export const PartialFlowSettings = exactly({
  timeout_seconds: Type.Optional(timeout_seconds),
  max_misses: Type.Optional(max_misses),
  triggers: Type.Optional(exactly(Type.Partial(triggers).properties)),
})
export type PartialFlowSettings = Static<typeof PartialFlowSettings>

const parts = {
  is_active: Type.Optional(
    Type.Boolean({ description: 'true: the draft becomes a version, and new runs take it; false: no more runs start' }),
  ),
  start_template: Type.Optional(nullable(Id)),
  flow_data: Type.Optional(FlowData),
  settings: Type.Optional(shownAs(PartialFlowSettings, settings)),
}

/** POST /chat-flow/flows/ (document E). */
export const CreateFlowBody = exactly({ name: FlowName, ...parts })

const asGiven = (example: unknown) =>
  Type.Optional(Type.Unknown({ description: 'as it was answered; it is not looked at', examples: [example] }))
const instant = '2026-01-15T10:30:00.000Z'

/** PUT and PATCH: only what changes needs to be there. */
export const UpdateFlowBody = exactly({
  name: Type.Optional(FlowName),
  ...parts,
  // An editor sends back what it got.
  id: asGiven('5f0c6a52-8a3b-4c5e-9d21-7b6f2f1a9c01'),
  version: asGiven(1),
  has_unpublished_changes: asGiven(true),
  warnings: asGiven([]),
  created_at: asGiven(instant),
  updated_at: asGiven(instant),
})
export type UpdateFlowBody = Static<typeof UpdateFlowBody>

const FieldProblem = shownAs(exactly({ path: Type.String(), message: Type.String() }), {
  path: '/flow_data/nodes/2',
  message: 'no way leads to node node-3',
})

export const Flow = exactly({
  id: Id,
  name: FlowName,
  is_active: Type.Boolean({ description: 'whether it starts runs' }),
  start_template: nullable(Id),
  flow_data: FlowData,
  version: Type.Integer({ minimum: 0, description: 'the latest version, which new runs take; 0 before the first' }),
  has_unpublished_changes: Type.Boolean({ description: 'whether the draft differs from the latest version' }),
  warnings: Type.Array(FieldProblem, { description: 'what is strange in the draft, or still keeps it from running' }),
  settings: Settings,
  created_at: Time,
  updated_at: Time,
})
export type Flow = Static<typeof Flow>

/** In a list. */
export const ListedFlow = exactly({
  ...Flow.properties,
  flow_data: nullable({
    ...FlowData,
    description: 'null where it is longer than 100,000 characters, and looked through for no warnings: get the flow',
  }),
})
export type ListedFlow = Static<typeof ListedFlow>

/** A version: what was the draft when it was activated. It never changes. */
export const FlowVersionBrief = exactly({
  version: Type.Integer({ minimum: 1 }),
  name: FlowName,
  start_template: nullable(Id),
  is_active: Type.Boolean({ description: 'whether new runs take it now' }),
  nodes: Type.Integer({ minimum: 0, description: 'how many' }),
  activated_at: Time,
})
export const FlowVersion = exactly({
  ...FlowVersionBrief.properties,
  flow: Id,
  flow_data: FlowData,
  settings: Settings,
})
export type FlowVersion = Static<typeof FlowVersion>

/** As our own services see it, also after the flow was deleted: runs under way finish on it. */
export const InternalFlowVersion = exactly({
  flowId: Id,
  workspaceId: Id,
  version: Type.Integer({ minimum: 1 }),
  name: Name,
  startTemplate: nullable(Id),
  flowData: FlowData,
  settings: FlowSettings,
})
export type InternalFlowVersion = Static<typeof InternalFlowVersion>

const elementId = (example: string) => Type.String({ minLength: 1, maxLength: 200, examples: [example] })
const NodeId = elementId('node-3')
const EdgeId = elementId('edge-2')
const SourceId = elementId('node-1')
const TargetId = elementId('node-2')
const NodeKind = Type.String({ minLength: 1, maxLength: 100, examples: ['action'] })
const NodeContent = Type.Record(Type.String(), Type.Unknown(), {
  examples: [{ action: { type: 'tag', tag: 'order' } }],
})
const kept = 'Whatever else it holds is kept as it is.'

/** A node as a view on the graph of its flow: what ReactFlow keeps of it, and the flow. */
export const CreateNodeBody = Type.Object(
  {
    flow: Id,
    id: Type.Optional(NodeId),
    type: NodeKind,
    data: Type.Optional(NodeContent),
  },
  { additionalProperties: true, description: kept },
)
export const UpdateNodeBody = Type.Object(
  {
    flow: Type.Optional(Id),
    id: Type.Optional(NodeId),
    type: Type.Optional(NodeKind),
    data: Type.Optional(NodeContent),
  },
  { additionalProperties: true, description: kept },
)
export const NodeView = Type.Object(
  { id: NodeId, flow: Id, type: NodeKind, data: Type.Optional(NodeContent) },
  { additionalProperties: true },
)

/** An edge in either notation: `source_node`, `target_node`, `trigger` and `trigger_value`, or `source`, `target` and a label. */
export const CreateEdgeBody = Type.Object(
  {
    flow: Id,
    id: Type.Optional(EdgeId),
    source_node: Type.Optional(SourceId),
    target_node: Type.Optional(TargetId),
    source: Type.Optional(SourceId),
    target: Type.Optional(TargetId),
    trigger: Type.Optional(nullable(Type.Enum(edgeTriggers))),
    trigger_value: Type.Optional(nullable(Type.String({ maxLength: 1000, examples: ['Returns'] }))),
    label: Type.Optional(nullable(Type.String({ maxLength: 1100, examples: ['Button: Returns'] }))),
  },
  { additionalProperties: true, description: kept },
)
export type CreateEdgeBody = Static<typeof CreateEdgeBody>
export const EdgeView = Type.Object(
  {
    id: EdgeId,
    flow: Id,
    source_node: SourceId,
    target_node: TargetId,
    trigger: Type.Enum(edgeTriggers),
    trigger_value: nullable(Type.String({ examples: ['Returns'] })),
    source: SourceId,
    target: TargetId,
    label: Type.Unknown({ examples: ['Button: Returns'] }),
  },
  { additionalProperties: true, description: 'in both notations' },
)

/** What starts the active flows of a workspace. */
export const FlowTriggers = exactly({
  data: Type.Array(
    exactly({
      flowId: Id,
      version: Type.Integer({ minimum: 1 }),
      keywords: FlowSettings.properties.triggers.properties.keywords,
      onConversationStart: Type.Boolean(),
    }),
  ),
})

/** Flows whose graph holds a node or an edge of an id. */
export const FlowsOfElement = exactly({ data: Type.Array(Id) })
