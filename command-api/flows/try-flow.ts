import type { Static } from 'typebox'
import { simulate } from '../../flow-engine/domain/simulation/simulate.ts'
import type { SimulateBody, Simulation } from '../../schemas/flow-run/resource.ts'
import type { TemplateFacts } from '../../schemas/template/events.ts'
import type { FlowBook } from './flow-book.ts'

/** Tries a flow on replies, in a new conversation with this contact. */
export async function tryFlow(
  flows: FlowBook,
  { id: workspaceId, name: workspaceName }: { id: string; name: string },
  flowId: string,
  { replies, version, contact = {} }: Static<typeof SimulateBody>,
): Promise<Simulation> {
  const walkable = await (version === undefined
    ? flows.draft(workspaceId, flowId)
    : flows.version(workspaceId, flowId, version))
  const { graph, settings } = walkable
  const templates = new Map<string, TemplateFacts>()
  for (const node of graph.nodes.values()) {
    if (node.type !== 'template' || templates.has(node.templateId)) continue
    const template = await flows.template(workspaceId, node.templateId)
    if (template !== undefined) templates.set(node.templateId, template)
  }
  const { name = null, email = null, phone = null, attributes = {} } = contact
  const facts = {
    reply: null,
    message: null,
    contact: { name, email, phone, attributes },
    conversation: {
      ...{ status: 'open', channel: 'widget', tags: [], assignedAgentId: null, widgetId: null, channelId: null },
      metadata: {},
    },
    variables: {},
    webhook: { status: null },
    workspace: { name: workspaceName },
  }
  const now = new Date().toISOString()
  return simulate({ graph, settings, version: walkable.version, templates, replies, facts, now })
}
