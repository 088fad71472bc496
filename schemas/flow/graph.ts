import Type, { type Static } from 'typebox'
import type { Condition } from '../condition.ts'
import { Id, nullable } from '../fields.ts'
import type { FlowAction } from './actions.ts'

/** What makes an edge be taken (API.md, E). An unlabelled edge is `any`. */
export const edgeTriggers = ['button_click', 'text', 'any', 'fallback', 'timeout', 'true', 'false'] as const
export type EdgeTrigger = (typeof edgeTriggers)[number]

export const nodeTypes = ['template', 'condition', 'action'] as const
export type NodeType = (typeof nodeTypes)[number]

export const maxNodes = 10_000
export const maxEdges = 20_000

const ElementId = Type.String({ minLength: 1, maxLength: 200 })

/** A node as ReactFlow keeps it. Whatever else is in it goes in and out unchanged. */
export const FlowNode = Type.Object({
  id: ElementId,
  type: Type.String({ minLength: 1, maxLength: 100, description: nodeTypes.join(', ') }),
  data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type FlowNode = Static<typeof FlowNode>

/** What the data of a template node says to the engine; what else is in it is the builder's. */
export const TemplateData = Type.Object({
  template_id: Id,
  variables: Type.Optional(
    nullable(Type.Record(Type.String({ maxLength: 130 }), Type.String({ maxLength: 10_000 }), { maxProperties: 100 })),
  ),
  timeout_seconds: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 2_592_000 }))),
})

/** An edge as ReactFlow keeps it; its trigger stands in `trigger` and `trigger_value`, or in the label ("Button: Track Order"). */
export const FlowEdge = Type.Object({
  id: ElementId,
  source: ElementId,
  target: ElementId,
  label: Type.Optional(Type.Unknown()),
  trigger: Type.Optional(Type.Unknown()),
  trigger_value: Type.Optional(Type.Unknown()),
})
export type FlowEdge = Static<typeof FlowEdge>

/** The whole graph of the builder, viewport and unknown keys and all. */
export const FlowData = Type.Object(
  {
    nodes: Type.Array(FlowNode, { maxItems: maxNodes }),
    edges: Type.Array(FlowEdge, { maxItems: maxEdges }),
  },
  { examples: [exampleGraph()] },
)
export type FlowData = Static<typeof FlowData>

/** That of document E. */
function exampleGraph() {
  const template = { template_id: '5f0c6a52-8a3b-4c5e-9d21-7b6f2f1a9c01' }
  return {
    nodes: [
      { id: 'node-1', type: 'template', position: { x: 100, y: 100 }, data: template },
      { id: 'node-2', type: 'action', position: { x: 100, y: 300 }, data: { action: { type: 'tag', tag: 'order' } } },
    ],
    edges: [{ id: 'edge-1', source: 'node-1', target: 'node-2', label: 'Button: Track Order' }],
  }
}

/** A graph that was read and checked: what the engine walks. Made of `flow_data` by flow-engine/domain/graph/read.ts. */
export interface Graph {
  /** Id of the node at which a run begins. */
  readonly start: string
  readonly nodes: ReadonlyMap<string, GraphNode>
}

interface AnyNode {
  readonly id: string
  /** Where it may go on to, in the order in which they are tried. */
  readonly edges: readonly GraphEdge[]
}

export type GraphNode =
  | (AnyNode & {
      readonly type: 'template'
      readonly templateId: string
      readonly variables: Readonly<Record<string, string>>
      readonly timeoutSeconds: number | null
    })
  | (AnyNode & { readonly type: 'condition'; readonly condition: Condition })
  | (AnyNode & { readonly type: 'action'; readonly action: FlowAction })

export interface GraphEdge {
  readonly id: string
  readonly target: string
  readonly trigger: EdgeTrigger
  /** Of button_click and text. */
  readonly value: string | null
}
