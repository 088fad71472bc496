import type { FlowData, GraphNode } from '../../../schemas/flow/graph.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import type { TemplateFacts } from '../../../schemas/template/events.ts'
import { folded } from '../text/folded.ts'
import { listed, named } from './check.ts'

type Nodes = ReadonlyMap<string, GraphNode>

/** What of message templates edges name, by id of the template. */
export type Buttons = ReadonlyMap<string, Pick<TemplateFacts, 'name' | 'buttons'>>

/** Edges by a button that the template of their node does not have: no click takes them. */
export function missingButtons({ edges }: FlowData, nodes: Nodes, templates: Buttons): FieldError[] {
  const paths = new Map(edges.map(({ id }, index) => [id, `/flow_data/edges/${index}`]))
  return clicks(nodes).flatMap(({ id, templateId, value }) => {
    const template = templates.get(templateId)
    if (template === undefined || template.buttons.some((button) => isNamed(button, value))) return []
    const { name, buttons } = template
    const has = buttons.length === 0 ? 'has none' : `has ${listed(buttons.map(({ label }) => label))}`
    const message = `edge ${named(id)}: template ${named(name)} has no button "${named(value)}"; it ${has}`
    return [{ path: paths.get(id) ?? '/flow_data/edges', message }]
  })
}

function clicks(nodes: Nodes): { id: string; templateId: string; value: string }[] {
  return [...nodes.values()].flatMap((node) => {
    if (node.type !== 'template') return []
    const { templateId } = node
    return node.edges.flatMap(({ id, trigger, value }) =>
      trigger === 'button_click' && value !== null ? [{ id, templateId, value }] : [],
    )
  })
}

/** As a click is matched: by its value, else by its label. */
function isNamed({ label, value = label }: TemplateFacts['buttons'][number], wanted: string): boolean {
  return [value, label].some((one) => folded(one) === folded(wanted))
}
