import type { FlowData, FlowEdge, FlowNode } from '../../../schemas/flow/graph.ts'
import { Rejection } from '../../../schemas/rejection.ts'

/** The graph with one more node. */
export function withNode(graph: FlowData, node: FlowNode): FlowData {
  if (graph.nodes.some(({ id }) => id === node.id)) {
    throw new Rejection('already-exists', 'There is a node with this id in the flow.')
  }
  return { ...graph, nodes: [...graph.nodes, node] }
}

/** The graph with some fields of a node changed. */
export function withNodeChanged(graph: FlowData, id: string, changes: Partial<FlowNode>): FlowData {
  if (!graph.nodes.some((node) => node.id === id)) throw missing('node')
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? { ...node, ...changes, id } : node)) }
}

/** The graph without a node, nor the edges from it and to it. */
export function withoutNode(graph: FlowData, id: string): FlowData {
  if (!graph.nodes.some((node) => node.id === id)) throw missing('node')
  const edges = graph.edges.filter(({ source, target }) => source !== id && target !== id)
  return { ...graph, nodes: graph.nodes.filter((node) => node.id !== id), edges }
}

export function withEdge(graph: FlowData, edge: FlowEdge): FlowData {
  if (graph.edges.some(({ id }) => id === edge.id)) {
    throw new Rejection('already-exists', 'There is an edge with this id in the flow.')
  }
  return { ...graph, edges: [...graph.edges, edge] }
}

export function withoutEdge(graph: FlowData, id: string): FlowData {
  if (!graph.edges.some((edge) => edge.id === id)) throw missing('edge')
  return { ...graph, edges: graph.edges.filter((edge) => edge.id !== id) }
}

function missing(kind: 'node' | 'edge'): Rejection {
  return new Rejection('not-found', `There is no such ${kind} in the flow.`)
}
