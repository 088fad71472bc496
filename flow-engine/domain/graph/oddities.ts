import type { FieldError } from '../../../schemas/rejection.ts'
import { maxSteps } from '../run/walk.ts'
import { folded } from '../text/folded.ts'
import { named, type Placed } from './check.ts'

type Nodes = ReadonlyMap<string, Placed>

/** What a node has or lacks that nobody means: edges that nothing takes, ends where a way on was to be. */
export function oddities(nodes: Nodes): FieldError[] {
  return [...nodes.values()].flatMap((placed) => [...lostEdges(placed), ...hiddenTexts(placed), ...deadEnds(placed)])
}

/** A start template that no node sends says nothing of where the flow begins. */
export function startOddities(nodes: Nodes, startTemplate: string | null, start: string | undefined): FieldError[] {
  const wanted = startTemplate?.toLowerCase()
  if (wanted === undefined || nodes.size === 0) return []
  if ([...nodes.values()].some(({ node }) => node.type === 'template' && node.templateId === wanted)) return []
  const instead = start === undefined ? '' : `, so the flow begins at node ${named(start)}`
  return [{ path: '/start_template', message: `start_template: no node sends it${instead}` }]
}

/** Each node entered is a step: where even the shortest way to an end takes too many, no run comes to one. */
export function lengthOddities(nodes: Nodes, start: string): FieldError[] {
  const steps = new Map([[start, 1]])
  // A map can be walked while it grows, and grows by the nearest nodes first.
  for (const [id, step] of steps) {
    const placed = nodes.get(id)
    if (placed === undefined || mayEnd(placed)) {
      if (step <= maxSteps) return []
      const message = `the shortest way to an end, at node ${named(id)}, takes ${step} steps: a run fails (too-many-steps) after ${maxSteps}`
      return [{ path: placed?.path ?? '/flow_data/nodes', message }]
    }
    for (const { target } of placed.edges) if (!steps.has(target)) steps.set(target, step + 1)
  }
  return []
}

/** Whether a run may come to its end here by the way that the flow goes, whatever a visitor leaves unanswered. */
function mayEnd({ node, edges }: Placed): boolean {
  if (edges.length === 0 || endsRun({ node })) return true
  if (node.type === 'template') return false
  const ways = node.type === 'condition' ? (['true', 'false'] as const) : (['any'] as const)
  return ways.some((way) => !edges.some(({ trigger }) => trigger === way))
}

function endsRun({ node }: Pick<Placed, 'node'>): boolean {
  return node.type === 'action' && (node.action.type === 'close' || node.action.type === 'handover')
}

/** Edges that no run takes, whatever happens. */
function lostEdges({ node, edges }: Placed): FieldError[] {
  if (node.type === 'action' && endsRun({ node })) {
    const why = `${node.action.type} ends the run, so nothing leads on from node ${named(node.id)}`
    return edges.map(({ id, path }) => ({ path, message: `edge ${named(id)}: ${why}` }))
  }
  if (node.type !== 'condition') return []
  return edges
    .filter(({ trigger }) => trigger !== 'true' && trigger !== 'false')
    .map(({ id, path }) => ({ path, message: `edge ${named(id)}: conditions are left by true or false alone` }))
}

/** A reply that says what a button says is a click on it. */
function hiddenTexts({ edges }: Placed): FieldError[] {
  const wordsOf = (value: string | null) => folded(value ?? '')
  const clicks = new Map(
    edges.filter(({ trigger }) => trigger === 'button_click').map(({ id, value }) => [wordsOf(value), id]),
  )
  return edges.flatMap(({ id, trigger, value, path }) => {
    const click = trigger === 'text' ? clicks.get(wordsOf(value)) : undefined
    if (click === undefined) return []
    return [
      { path, message: `edge ${named(id)}: edge ${named(click)}, of a button of the same words, is taken before it` },
    ]
  })
}

function deadEnds({ node, edges, path, dataPath }: Placed): FieldError[] {
  if (edges.length > 0) return []
  if (node.type === 'condition') {
    return [{ path, message: `condition ${named(node.id)} has no edges: whatever it comes to, the flow ends there` }]
  }
  if (node.type !== 'template' || node.timeoutSeconds === null) return []
  const message = `timeout_seconds: no edge leaves node ${named(node.id)}, so the flow ends there and waits for nothing`
  return [{ path: `${dataPath}/timeout_seconds`, message }]
}
