import type { EdgeTrigger, GraphEdge, NodeType } from '../../../schemas/flow/graph.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import { folded } from '../text/folded.ts'
import type { NodeContent } from './node.ts'

/** A node with the edges that leave it, and its place in `flow_data`. */
export interface Placed {
  readonly node: NodeContent
  readonly path: string
  /** Where that lies which says what it does: `/flow_data/nodes/3/data`, of an action often one level below. */
  readonly dataPath: string
  readonly edges: PlacedEdge[]
  incoming: number
}
export type PlacedEdge = GraphEdge & { readonly path: string }

const leaves: Readonly<Record<NodeType, readonly EdgeTrigger[]>> = {
  template: ['button_click', 'text', 'any', 'fallback', 'timeout'],
  condition: ['true', 'false', 'any', 'fallback'],
  action: ['any', 'fallback'],
}

/** Edges that the node cannot be left by, and edges that would be taken at the same time. */
export function edgeProblems({ node, edges }: Placed): FieldError[] {
  const problems: FieldError[] = []
  const seen = new Map<string, string>()
  for (const { id, path, trigger, value } of edges) {
    if (!leaves[node.type].includes(trigger)) {
      problems.push({ path, message: `edge ${named(id)}: ${trigger} cannot leave ${node.type} nodes` })
    }
    const key = `${trigger} ${folded(value ?? '')}`
    const other = seen.get(key)
    if (other === undefined) seen.set(key, id)
    else {
      const both = value === null ? trigger : `${trigger} "${value.slice(0, 100)}"`
      problems.push({
        path,
        message: `edges ${named(other)} and ${named(id)} leave node ${named(node.id)} by the same trigger, ${both}`,
      })
    }
  }
  return problems
}

/** A cycle in which nothing waits for a reply would never end: its nodes, in their order; undefined where there is none. */
export function cycleWithoutReply(nodes: ReadonlyMap<string, Placed>): readonly string[] | undefined {
  const seen = new Set<string>()
  for (const id of nodes.keys()) {
    if (seen.has(id)) continue
    // The path from `id` to where the walk is; a stack of its own, since a flow may be longer than the call stack is deep.
    const onPath = new Map<string, number>()
    const walk: { id: string; next: number }[] = []
    const enter = (nodeId: string) => {
      seen.add(nodeId)
      onPath.set(nodeId, walk.length)
      walk.push({ id: nodeId, next: 0 })
    }
    enter(id)
    for (let top = walk.at(-1); top !== undefined; top = walk.at(-1)) {
      const target = edgeWithoutReply(nodes.get(top.id), top.next++)
      if (target === undefined) {
        onPath.delete(top.id)
        walk.pop()
        continue
      }
      const from = onPath.get(target)
      if (from !== undefined) return walk.slice(from).map((entry) => entry.id)
      if (!seen.has(target)) enter(target)
    }
  }
  return undefined
}

/** A template node with edges waits for a reply, and so breaks every cycle that it is in. */
function edgeWithoutReply(placed: Placed | undefined, index: number): string | undefined {
  return placed === undefined || placed.node.type === 'template' ? undefined : placed.edges[index]?.target
}

/** Where a run begins (API.md, E): the node of the start template, else the only one that no edge leads to. */
export function startOf(nodes: ReadonlyMap<string, Placed>, startTemplate: string | null): string | FieldError {
  const all = [...nodes.values()]
  const wanted = startTemplate?.toLowerCase()
  const starting = all.filter(({ node }) => node.type === 'template' && node.templateId === wanted)
  const first = starting.find(({ incoming }) => incoming === 0) ?? starting[0]
  if (first !== undefined) return first.node.id
  const roots = all.filter(({ incoming }) => incoming === 0)
  const [root, other] = roots
  if (root !== undefined && other === undefined) return root.node.id
  const path = '/flow_data/nodes'
  if (all.length === 0) return { path, message: 'nodes must not be empty: a flow needs a node at which it begins' }
  const why =
    root === undefined
      ? 'an edge leads to every node'
      : `no edge leads to any of ${listed(roots.map(({ node }) => node.id))}`
  return { path, message: `it is not clear where the flow begins: ${why}. Name the start_template of the first node` }
}

/** Nodes that no run can come to. */
export function unreachable(nodes: ReadonlyMap<string, Placed>, start: string): Placed[] {
  const reached = new Set([start])
  // A set can be walked while it grows.
  for (const id of reached) for (const { target } of nodes.get(id)?.edges ?? []) reached.add(target)
  return [...nodes.values()].filter(({ node }) => !reached.has(node.id))
}

/** An id as a sentence names it: a caller may make it long. */
export const named = (id: string) => (id.length > 60 ? `${id.slice(0, 60)}…` : id)

export function listed(ids: readonly string[], most = 10): string {
  const shown = ids.slice(0, most).map(named).join(', ')
  return ids.length > most ? `${shown} and ${ids.length - most} more` : shown
}
