import { checkDraft, readGraph } from '../../flow-engine/domain/graph/read.ts'
import { unsetInTemplates } from '../../flow-engine/domain/graph/templates.ts'
import type { AddressRule } from '../../infra/runtime/http/outbound-address.ts'
import { headersFault } from '../../infra/runtime/http/outbound-headers.ts'
import { urlFault } from '../../infra/runtime/http/outbound-url.ts'
import type { FlowDraft } from '../../schemas/flow/events.ts'
import type { GraphNode } from '../../schemas/flow/graph.ts'
import { type FieldError, Rejection } from '../../schemas/rejection.ts'
import { agent } from '../domain/agent/agent.ts'
import { type KnownTemplate, template } from '../domain/template/template.ts'
import type { Handle } from '../handle.ts'
import { recent } from './access.ts'
import { refuseErrors } from './refuse.ts'

/** An event is kept whole by the stores behind us, which take a megabyte with all that is around it. */
const mostBytes = 900_000
const mostProblems = 20
const atOnce = 25

/** Throws Rejection('validation') for a graph that cannot be, or, where it is to run, that cannot run; 'too-large' for one beyond bounds. */
export function refuseBadGraph(draft: FlowDraft, running: boolean): void {
  const bytes = Buffer.byteLength(JSON.stringify(draft))
  if (bytes > mostBytes) {
    throw new Rejection('too-large', `The flow must not be larger than ${mostBytes} bytes; it has ${bytes}.`)
  }
  const { problems, unset } = checkDraft(draft.flowData, draft)
  refuseErrors(problems)
  if (!running) return
  const read = readGraph(draft.flowData, draft)
  if (!read.ok) refuseErrors(read.problems)
  refuseErrors(unset)
}

interface Surroundings {
  handle: Handle
  workspaceId: string
  outbound: AddressRule
}

/** Throws Rejection('validation') for a draft that names what the workspace does not have, or sends where nothing may be sent. */
export async function refuseStrangers(draft: FlowDraft, surroundings: Surroundings): Promise<void> {
  const checked = checkDraft(draft.flowData, draft)
  const { nodes, problems, dataPathOf: at } = checked
  if (problems.length > 0) return
  const sent = [...nodes.values()].flatMap((node) => (node.type === 'template' ? [node.templateId] : []))
  const templates = await templatesOf(
    [...sent, ...(draft.startTemplate === null ? [] : [draft.startTemplate])],
    surroundings,
  )
  const errors: FieldError[] = []
  if (draft.startTemplate !== null && !templates.has(draft.startTemplate)) {
    errors.push({ path: '/start_template', message: `start_template: there is no template ${draft.startTemplate}` })
  }
  const agents = await agentsOf([...nodes.values()], surroundings)
  for (const node of nodes.values()) {
    if (errors.length >= mostProblems) break
    if (node.type === 'template' && !templates.has(node.templateId)) {
      errors.push({ path: `${at(node.id)}/template_id`, message: `there is no template ${node.templateId}` })
    }
    if (node.type === 'action') errors.push(...actionErrors(node, agents, surroundings.outbound, at(node.id)))
  }
  const facts = new Map([...templates].map(([id, known]) => [id, known.facts]))
  errors.push(...unsetInTemplates(checked, facts))
  refuseErrors(errors.slice(0, mostProblems))
}

type Node<T extends GraphNode['type']> = Extract<GraphNode, { type: T }>

function actionErrors(
  { action }: Node<'action'>,
  agents: ReadonlySet<string>,
  outbound: AddressRule,
  path: string,
): FieldError[] {
  if (action.type === 'assign' && action.agentId !== null && !agents.has(action.agentId)) {
    return [{ path: `${path}/agentId`, message: `there is no agent ${action.agentId}` }]
  }
  if (action.type !== 'webhook') return []
  const ofUrl = urlFault(action.url, outbound)
  const ofHeaders = headersFault(action.headers ?? {})
  return [
    ...(ofUrl === undefined ? [] : [{ path: `${path}/url`, message: `url: ${ofUrl}` }]),
    ...(ofHeaders === undefined ? [] : [{ path: `${path}/headers`, message: ofHeaders }]),
  ]
}

/** Those of the workspace; each is looked at once. */
export async function templatesOf(
  ids: readonly string[],
  { handle, workspaceId }: Pick<Surroundings, 'handle' | 'workspaceId'>,
): Promise<ReadonlyMap<string, KnownTemplate>> {
  const found = new Map<string, KnownTemplate>()
  await inBatches(ids, async (id) => {
    const { state } = await handle.look(template, id, recent)
    const known = state.status === 'active' && state.workspaceId === workspaceId
    if (known) found.set(id, state)
    return known
  })
  return found
}

async function agentsOf(nodes: readonly GraphNode[], { handle, workspaceId }: Surroundings): Promise<Set<string>> {
  const ids = nodes.flatMap((node) =>
    node.type === 'action' && node.action.type === 'assign' && node.action.agentId !== null
      ? [node.action.agentId]
      : [],
  )
  const found = new Set<string>()
  await inBatches(ids, async (id) => {
    const { state } = await handle.look(agent, id, recent)
    const known = state.status === 'active' && state.workspaceId === workspaceId
    if (known) found.add(id)
    return known
  })
  return found
}

/** Each id once, some at a time; no further than it takes to refuse. */
async function inBatches(ids: readonly string[], isKnown: (id: string) => Promise<boolean>): Promise<void> {
  const distinct = [...new Set(ids)]
  let unknown = 0
  for (let from = 0; from < distinct.length && unknown < mostProblems; from += atOnce) {
    const known = await Promise.all(distinct.slice(from, from + atOnce).map(isKnown))
    unknown += known.filter((one) => !one).length
  }
}
