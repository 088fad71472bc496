import type { GraphEdge } from '../../../schemas/flow/graph.ts'
import type { TemplateButton } from '../../../schemas/template/events.ts'
import { folded } from '../text/folded.ts'

/** A visitor's answer to a question. */
export interface Reply {
  text: string
  /** What a clicked button stands for, where the channel says it. */
  value: string | null
}

/**
 * The edge that a reply takes: a button's value before its label, then a text, then any, then the fallback; undefined when it matches
 * nothing. Compared trimmed and case-folded (API.md, E).
 */
export function match(
  edges: readonly GraphEdge[],
  buttons: readonly TemplateButton[],
  reply: Reply,
): GraphEdge | undefined {
  const said = [reply.value, reply.text].flatMap((text) => (text === null ? [] : [folded(text)]))
  return (
    byButton(edges, buttons, said) ??
    edges.find(({ trigger, value }) => trigger === 'text' && value !== null && said.includes(folded(value))) ??
    edges.find(({ trigger }) => trigger === 'any') ??
    edges.find(({ trigger }) => trigger === 'fallback')
  )
}

function byButton(edges: readonly GraphEdge[], buttons: readonly TemplateButton[], said: readonly string[]) {
  const clicks = edges.filter(({ trigger }) => trigger === 'button_click')
  const edgeOf = (names: readonly string[]) =>
    clicks.find(({ value }) => value !== null && names.includes(folded(value)))
  for (const words of said) {
    const clicked =
      buttons.find(({ value }) => value !== undefined && folded(value) === words) ??
      buttons.find(({ label }) => folded(label) === words)
    const names = clicked === undefined ? [] : [clicked.value ?? clicked.label, clicked.label].map(folded)
    const edge = edgeOf(names) ?? edgeOf([words])
    if (edge !== undefined) return edge
  }
  return undefined
}
