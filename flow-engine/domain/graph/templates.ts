import type { FlowData, GraphNode } from '../../../schemas/flow/graph.ts'
import type { FieldError } from '../../../schemas/rejection.ts'
import type { TemplateFacts } from '../../../schemas/template/events.ts'
import type { Placeholder } from '../text/variables.ts'
import { missingButtons } from './buttons.ts'
import type { DraftChecked } from './read.ts'
import { gapsIn, variablesSet } from './unset.ts'

type Sent = Pick<TemplateFacts, 'name' | 'body' | 'buttons'>

/** Message templates that a graph sends, as far as they are known, by id. */
export type Templates = ReadonlyMap<string, Sent>

type Nodes = ReadonlyMap<string, GraphNode>
type TemplateNode = Extract<GraphNode, { type: 'template' }>

/** The message templates that a graph sends, each once. */
export function templatesSent(nodes: Nodes): string[] {
  return [...new Set(sendersIn(nodes).map(({ templateId }) => templateId))]
}

/** The variables that a template shows to visitors and that nothing in the graph sets, each once, as they are written there. */
export function gapsOf(templateId: string, template: Pick<Sent, 'body'>, nodes: Nodes): string[] {
  const set = variablesSet(nodes.values())
  const gaps = gapsIn(template.body, set)
  const senders = sendersIn(nodes).filter((node) => node.templateId === templateId)
  return [...new Set(senders.flatMap((node) => leftOpen(node, gaps)))]
}

/** The same of all templates, each with the place of its node. */
export function unsetInTemplates(
  { nodes, dataPathOf }: Pick<DraftChecked, 'nodes' | 'dataPathOf'>,
  templates: Templates,
) {
  const set = variablesSet(nodes.values())
  const gaps = new Map([...templates].map(([id, { body }]) => [id, gapsIn(body, set)]))
  return sendersIn(nodes).flatMap((node): FieldError[] =>
    leftOpen(node, gaps.get(node.templateId) ?? []).map((written) => ({
      path: `${dataPathOf(node.id)}/variables`,
      message: `template ${templates.get(node.templateId)?.name} shows {{${written}}}, which nothing in the flow sets: give it in variables, set it in a node, or give it a default`,
    })),
  )
}

/** What is strange about a graph as to what it sends: its templates may have been changed since. */
export function templateWarnings(flowData: FlowData, checked: DraftChecked, templates: Templates): FieldError[] {
  return [...missingButtons(flowData, checked.nodes, templates), ...unsetInTemplates(checked, templates)]
}

function sendersIn(nodes: Nodes): TemplateNode[] {
  return [...nodes.values()].filter((node) => node.type === 'template')
}

/** What of the gaps the node does not fill itself. */
function leftOpen({ variables }: TemplateNode, gaps: readonly Placeholder[]): string[] {
  return gaps.filter(({ name }) => !Object.hasOwn(variables, name)).map(({ written }) => written)
}
