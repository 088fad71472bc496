import type { FlowEdge, FlowNode } from '../../../schemas/flow/graph.ts'
import type { CreateEdgeBody } from '../../../schemas/flow/resource.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import { labelOf, type Trigger, triggerOf } from '../graph/trigger.ts'

export function nodeView(flow: string, node: FlowNode) {
  return { ...node, flow }
}

/** An edge in both notations of document E. */
export function edgeView(flow: string, edge: FlowEdge) {
  const read = triggerOf(edge)
  const said: Trigger = read.ok ? read.trigger : { trigger: 'any', value: null }
  return {
    ...edge,
    flow,
    source_node: edge.source,
    target_node: edge.target,
    trigger: said.trigger,
    trigger_value: said.value,
    label: edge.label ?? labelOf(said),
  }
}

/**
 * The edge that ReactFlow keeps, of either notation. A trigger becomes the label, so that who edits the label in the builder changes the
 * trigger; only where a label of another sense is given too do both stand there, and the trigger counts.
 */
export function edgeOf(body: CreateEdgeBody, id: string): FlowEdge | FieldError[] {
  const { flow: _, id: __, source_node, target_node, source, target, trigger, trigger_value, label, ...others } = body
  const from = source_node ?? source
  const to = target_node ?? target
  const problems: FieldError[] = []
  if (from === undefined) problems.push({ path: '/source_node', message: 'source_node is required' })
  else if (source !== undefined && source !== from)
    problems.push({ path: '/source', message: 'source and source_node must be the same' })
  if (to === undefined) problems.push({ path: '/target_node', message: 'target_node is required' })
  else if (target !== undefined && target !== to)
    problems.push({ path: '/target', message: 'target and target_node must be the same' })
  const ends = { id, source: from ?? '', target: to ?? '' }
  const said = triggerOf({ ...ends, trigger, trigger_value, label })
  if (!said.ok) problems.push({ path: said.at, message: said.problem })
  if (problems.length > 0 || !said.ok) return problems

  const edge = { ...others, ...ends }
  const text = label ?? undefined
  if (trigger === undefined || trigger === null) return text === undefined ? edge : { ...edge, label: text }
  if (text === undefined) return { ...edge, label: labelOf(said.trigger) }
  return { ...edge, label: text, trigger: said.trigger.trigger, trigger_value: said.trigger.value }
}
