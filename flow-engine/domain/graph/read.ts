import { FlowData, type FlowNode, type Graph, type GraphEdge, type GraphNode } from '../../../schemas/flow/graph.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import { checkOf } from '../../../schemas/validator.ts'
import { cycleWithoutReply, edgeProblems, listed, named, type Placed, startOf, unreachable } from './check.ts'
import { conditionWarnings } from './conditions.ts'
import { nestingProblem } from './nesting.ts'
import { below, readNode } from './node.ts'
import { lengthOddities, oddities, startOddities } from './oddities.ts'
import { triggerOf } from './trigger.ts'
import { unsetInTexts } from './unset.ts'

export interface StartHint {
  /** Id of the message template that the flow begins with; the flow's `start_template`. */
  startTemplate: string | null
}

export type GraphRead = { ok: true; graph: Graph; warnings: FieldError[] } | { ok: false; problems: FieldError[] }

/**
 * What is wrong with a graph so far: it cannot be saved (`problems`), it cannot become a version (`unset`: texts show variables that
 * nothing sets), or it is strange, or only keeps it from running (`warnings`, which tell all but the problems).
 */
export interface DraftChecked {
  problems: FieldError[]
  unset: FieldError[]
  warnings: FieldError[]
  nodes: ReadonlyMap<string, GraphNode>
  /** Where the data of a node lies. */
  dataPathOf: (nodeId: string) => string
}

const root = '/flow_data'
const mostProblems = 50
const checkFlowData = checkOf(FlowData)

/**
 * Reads `flow_data` into the graph that the engine walks. Takes anything, throws at nothing, in time linear to the graph. Paths of
 * problems are JSON pointers into a flow's body: `/flow_data/nodes/3/data/field`.
 */
export function readGraph(flowData: unknown, { startTemplate }: StartHint): GraphRead {
  const { problems, warnings, placed } = survey(flowData)
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, mostProblems) }
  const start = startOf(placed, startTemplate)
  if (typeof start !== 'string') return { ok: false, problems: [start] }
  const strange = strangeIn(placed, start, startTemplate)
  return { ok: true, graph: { start, nodes: nodesOf(placed) }, warnings: [...warnings, ...strange] }
}

/** The same of a draft, which may be empty, and which need not yet say where it begins: its nodes are made one by one. */
export function checkDraft(flowData: unknown, { startTemplate }: StartHint): DraftChecked {
  const { problems, warnings, placed } = survey(flowData)
  const start = placed.size === 0 ? undefined : startOf(placed, startTemplate)
  const more = typeof start === 'object' ? [start] : []
  const strange = strangeIn(placed, typeof start === 'string' ? start : undefined, startTemplate)
  const unset = unsetInTexts(placed).slice(0, mostProblems)
  return {
    problems: problems.slice(0, mostProblems),
    unset,
    warnings: [...warnings, ...more, ...strange, ...unset],
    nodes: nodesOf(placed),
    dataPathOf: (id) => placed.get(id)?.dataPath ?? root,
  }
}

interface Surveyed {
  problems: FieldError[]
  warnings: FieldError[]
  placed: ReadonlyMap<string, Placed>
}

function survey(flowData: unknown): Surveyed {
  const nesting = nestingProblem(flowData, root)
  if (nesting !== undefined) return { problems: [nesting], warnings: [], placed: new Map() }
  const checked = checkFlowData(flowData)
  if (!checked.ok) return { problems: below(root, checked.errors), warnings: [], placed: new Map() }

  const problems: FieldError[] = []
  const placed = placeNodes(checked.value, problems)
  const warnings = placeEdges(checked.value, placed, problems)
  for (const one of placed.values()) problems.push(...edgeProblems(one))
  const cycle = cycleWithoutReply(placed)
  if (cycle !== undefined) {
    const message = `nodes ${listed(cycle)} form a cycle in which nothing waits for a reply, so it would never end`
    problems.push({ path: `${root}/edges`, message })
  }
  return { problems, warnings: [...warnings, ...conditionWarnings(placed).slice(0, mostProblems)], placed }
}

function placeNodes({ nodes }: FlowData, problems: FieldError[]): Map<string, Placed> {
  const placed = new Map<string, Placed>()
  const seen = new Set<string>()
  nodes.forEach((node, index) => {
    const path = `${root}/nodes/${index}`
    if (seen.has(node.id)) problems.push({ path: `${path}/id`, message: `two nodes have the id ${named(node.id)}` })
    seen.add(node.id)
    const read = readNode(node, path)
    if (!read.ok) problems.push(...read.problems)
    else if (!placed.has(node.id)) {
      placed.set(node.id, { node: read.node, path, dataPath: dataPathOf(node, path), edges: [], incoming: 0 })
    }
  })
  return placed
}

function dataPathOf({ type, data }: FlowNode, path: string): string {
  const below = type === 'action' ? data?.action : type === 'condition' ? data?.condition : undefined
  return `${path}/data${typeof below === 'object' && below !== null ? `/${type}` : ''}`
}

/** Puts each edge to the node that it leaves; answers the warnings. */
function placeEdges({ nodes, edges }: FlowData, placed: Map<string, Placed>, problems: FieldError[]): FieldError[] {
  const warnings: FieldError[] = []
  const ids = new Set(nodes.map(({ id }) => id))
  const seen = new Set<string>()
  edges.forEach((edge, index) => {
    const path = `${root}/edges/${index}`
    const about = `edge ${named(edge.id)}`
    if (seen.has(edge.id)) problems.push({ path: `${path}/id`, message: `two edges have the id ${named(edge.id)}` })
    seen.add(edge.id)
    for (const end of ['source', 'target'] as const) {
      if (ids.has(edge[end])) continue
      const where = end === 'source' ? 'comes from' : 'leads to'
      problems.push({ path: `${path}/${end}`, message: `${about} ${where} ${named(edge[end])}, which is no node` })
    }
    const read = triggerOf(edge)
    if (!read.ok) {
      problems.push({ path: `${path}${read.at}`, message: `${about}: ${read.problem}` })
      return
    }
    if (read.unsaid !== undefined) {
      const message = `${about}: the label "${named(read.unsaid)}" names no trigger, so whatever comes takes it`
      warnings.push({ path: `${path}/label`, message })
    }
    const target = placed.get(edge.target)
    if (target !== undefined) target.incoming++
    placed.get(edge.source)?.edges.push({ id: edge.id, target: edge.target, ...read.trigger, path })
  })
  return warnings
}

function nodesOf(placed: ReadonlyMap<string, Placed>): ReadonlyMap<string, GraphNode> {
  return new Map([...placed].map(([id, { node, edges }]) => [id, { ...node, edges: edges.map(withoutPath) }]))
}

function withoutPath({ id, target, trigger, value }: GraphEdge): GraphEdge {
  return { id, target, trigger, value }
}

/** What is strange though it runs. Where it begins is not known of every draft. */
function strangeIn(placed: ReadonlyMap<string, Placed>, start: string | undefined, startTemplate: string | null) {
  return [
    ...(start === undefined ? [] : [...lost(placed, start), ...lengthOddities(placed, start)]),
    ...startOddities(placed, startTemplate, start),
    ...oddities(placed).slice(0, mostProblems),
  ]
}

function lost(placed: ReadonlyMap<string, Placed>, start: string): FieldError[] {
  const nodes = unreachable(placed, start)
  return nodes
    .slice(0, mostProblems)
    .map(({ node, path }) => ({ path, message: `no way leads to node ${named(node.id)}` }))
}
