import { checkDraft } from '../../flow-engine/domain/graph/read.ts'
import { templatesSent } from '../../flow-engine/domain/graph/templates.ts'
import { flowView } from '../../flow-engine/domain/views/flow.ts'
import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import type { AddressRule } from '../../infra/runtime/http/outbound-address.ts'
import { type FlowDraft, type FlowSettings, flowDefaults } from '../../schemas/flow/events.ts'
import type { PartialFlowSettings, UpdateFlowBody } from '../../schemas/flow/resource.ts'
import { flowRoutes as routes } from '../../schemas/flow/routes.ts'
import { draftOf, type FlowState, flow, hasUnpublishedChanges } from '../domain/flow/flow.ts'
import { versionOf } from '../flows/version.ts'
import type { Handle, Handled } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { actorOf, askingOf, contextOf, derivedId } from './asking.ts'
import { type FlowChanges, type FlowRequest, notFound, type Revision } from './flow-change.ts'
import { refuseBadGraph, refuseStrangers, templatesOf } from './flow-check.ts'

interface FlowDoors {
  handle: Handle
  changes: FlowChanges
  outbound: AddressRule
}

type RequestById = FlowRequest & { params: { id: string } }

/** Chat flows, as admins make and change them (document E), and their versions, as our own services see them. */
export function flowBindings({ handle, changes, outbound }: FlowDoors): Binding[] {
  const revise = async (request: RequestById, action: string, revision: Revision): Promise<Reply> =>
    answerOf(handle, 200, await changes.revise(request, request.params.id, action, revision))

  const update = (request: RequestById & { body: UpdateFlowBody }) =>
    revise(request, 'update', { revise: (draft) => changesIn(request.body, draft), active: request.body.is_active })

  return [
    bind(routes.create, async (request) => {
      const { caller, body } = request
      const workspaceId = ownWorkspace(caller)
      const empty: FlowDraft = {
        name: body.name,
        startTemplate: null,
        flowData: { nodes: [], edges: [] },
        settings: flowDefaults,
      }
      const draft = { ...empty, ...changesIn(body, empty) }
      const active = body.is_active === true
      refuseBadGraph(draft, active)
      await refuseStrangers(draft, { handle, workspaceId, outbound })
      const asking = askingOf(request, `${workspaceId}:flows`, 'create')
      const flowId = derivedId(asking.commandId, 'flow')
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, '') })
      return answerOf(handle, 201, await handle(flow, flowId, { type: 'CreateFlow', flowId, draft, active }, context))
    }),

    bind(routes.update, update),
    bind(routes.patch, update),
    bind(routes.activate, (request) => revise(request, 'activate', { revise: () => ({}), active: true })),
    bind(routes.deactivate, (request) => revise(request, 'deactivate', { revise: () => ({}), active: false })),

    bind(routes.remove, async (request) => {
      const { position } = await changes.remove(request, request.params.id)
      return { status: 204, position }
    }),

    bind(routes.internalVersion, async ({ caller, params }) => {
      const { state } = await handle.look(flow, params.id, recent)
      const own = caller.kind === 'system' ? caller.workspaceId : undefined
      if (state.status === 'none' || (own !== undefined && own !== state.workspaceId)) throw notFound()
      // A version that is not there may be newer than the look.
      const known =
        (await versionOf(handle, state, params.version)) ?? (await latest(handle, params.id, params.version))
      if (known === undefined) throw notFound()
      const { name, startTemplate, flowData, settings } = draftOf(known.draft)
      const { id: flowId, workspaceId } = state
      return {
        status: 200,
        body: { flowId, workspaceId, version: known.version, name, startTemplate, flowData, settings },
      }
    }),
  ]
}

async function latest(handle: Handle, id: string, version: number) {
  const { state } = await handle.look(flow, id, 0)
  return state.status === 'none' ? undefined : versionOf(handle, state, version)
}

/** What a body changes of a draft; of the settings only those that it names. */
function changesIn(body: UpdateFlowBody, draft: FlowDraft): Partial<FlowDraft> {
  const { name, start_template: startTemplate, flow_data: flowData, settings } = body
  return {
    ...(name === undefined ? {} : { name }),
    ...(startTemplate === undefined ? {} : { startTemplate: startTemplate?.toLowerCase() ?? null }),
    ...(flowData === undefined ? {} : { flowData }),
    ...(settings === undefined ? {} : { settings: withSettings(draft.settings, settings) }),
  }
}

function withSettings(known: FlowSettings, { triggers, ...others }: PartialFlowSettings): FlowSettings {
  return { ...known, ...others, triggers: { ...known.triggers, ...triggers } }
}

async function answerOf(
  handle: Handle,
  status: number,
  { state, revision, position }: Handled<FlowState>,
): Promise<Reply> {
  if (state.status === 'none') throw notFound()
  const { id, workspaceId, active, activations, createdAt, updatedAt } = state
  const draft = draftOf(state.draft)
  const facts = { id, draft, active, version: activations.length, createdAt, updatedAt }
  const checked = checkDraft(draft.flowData, draft)
  const found = await templatesOf(templatesSent(checked.nodes), { handle, workspaceId })
  const templates = new Map([...found].map(([id, { facts }]) => [id, facts]))
  const body = flowView({ ...facts, unpublished: hasUnpublishedChanges(state) }, checked, templates)
  return { status, body, revision, position }
}
