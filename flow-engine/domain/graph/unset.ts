import type { FlowAction } from '../../../schemas/flow/actions.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import { type Placeholder, placeholdersIn } from '../text/variables.ts'
import type { Placed } from './check.ts'
import type { NodeContent } from './node.ts'

/** Variables that something in the flow sets on its way, by full name (`variables.order_id`). */
export function variablesSet(nodes: Iterable<NodeContent>): ReadonlySet<string> {
  const set = new Set<string>()
  for (const node of nodes) {
    if (node.type !== 'action') continue
    if (node.action.type === 'set_variable') set.add(`variables.${node.action.name}`)
    if (node.action.type === 'webhook' && node.action.saveAs !== undefined) set.add(`variables.${node.action.saveAs}`)
  }
  return set
}

/** What a text shows that nothing sets, and for which it has no default: the visitor would read a gap. */
export function gapsIn(text: string, set: ReadonlySet<string>): Placeholder[] {
  return placeholdersIn(text).filter(
    ({ name, hasDefault }) => !hasDefault && name.startsWith('variables.') && !set.has(name),
  )
}

/** The gaps in what nodes say themselves; those of message templates are for who has these. */
export function unsetInTexts(placed: ReadonlyMap<string, Placed>): FieldError[] {
  const set = variablesSet(contentsOf(placed))
  return [...placed.values()].flatMap(({ node, dataPath }) =>
    textsOf(node).flatMap(({ at, text }) =>
      gapsIn(text, set).map(({ written }) => ({
        path: `${dataPath}${at}`,
        message: `{{${written}}} is set by nothing in the flow: set it in a node, or give it a default, {{${written} | …}}`,
      })),
    ),
  )
}

interface TextAt {
  /** JSON pointer below the node's data. */
  at: string
  text: string
}

function textsOf(node: NodeContent): TextAt[] {
  if (node.type === 'action') return textsOfAction(node.action)
  if (node.type === 'condition') return []
  return Object.values(node.variables).map((text) => ({ at: '/variables', text }))
}

function textsOfAction(action: FlowAction): TextAt[] {
  switch (action.type) {
    case 'reply':
      return [{ at: '/text', text: action.text }]
    case 'handover':
      return action.note === undefined ? [] : [{ at: '/note', text: action.note }]
    case 'set_variable':
      return [{ at: '/value', text: action.value }]
    case 'webhook':
      return textsBelow(action.body).map((text) => ({ at: '/body', text }))
    default:
      return []
  }
}

function textsBelow(root: unknown): string[] {
  const texts: string[] = []
  const waiting = [root]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') texts.push(next)
    else if (typeof next === 'object' && next !== null) waiting.push(...Object.values(next).reverse())
  }
  return texts
}

export const contentsOf = (placed: ReadonlyMap<string, Placed>) => [...placed.values()].map(({ node }) => node)
