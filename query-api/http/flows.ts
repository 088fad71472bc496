import { edgeView, nodeView } from '../../flow-engine/domain/views/elements.ts'
import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { FlowEdge, FlowNode } from '../../schemas/flow/graph.ts'
import { flowRoutes as routes } from '../../schemas/flow/routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { templateRoutes } from '../../schemas/template/routes.ts'
import { elementPage, flowsOfElement } from '../flows/elements.query.ts'
import { flowById, flowPage, flowTriggers, hasFlow } from '../flows/flows.query.ts'
import { elementPlaceOf, placeOf } from '../flows/place.ts'
import { templateById, templatePage, usesOf } from '../flows/templates.query.ts'
import { versionOf, versionPage, versionPlaceOf } from '../flows/versions.query.ts'
import { wantedOf } from '../page.ts'
import { ownWorkspace } from '../visibility.ts'
import type { Sources } from './asked.ts'

/** Reads of flows, their graphs, and message templates (document E). */
export function flowBindings({ reader, positions }: Sources): Binding[] {
  const demandFlow = async (workspaceId: string, id: string | undefined) => {
    if (id !== undefined && !(await hasFlow(reader, workspaceId, id))) throw notFound('flow')
  }

  return [
    bind(routes.list, async ({ caller, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['flows'], waitFor)
      return { status: 200, body: await flowPage(reader, { workspaceId, active: query.is_active }, wanted) }
    }),

    bind(routes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      const found = await flowById(reader, ownWorkspace(caller), params.id)
      if (found === undefined) throw notFound('flow')
      return { status: 200, body: found.flow, revision: found.revision }
    }),

    bind(routes.versions, async ({ caller, params, query, waitFor }) => {
      const workspaceId = ownWorkspace(caller)
      const wanted = wantedOf(query, 20, versionPlaceOf)
      await positions.passed(['flows'], waitFor)
      await demandFlow(workspaceId, params.id)
      return { status: 200, body: await versionPage(reader, { workspaceId, id: params.id }, wanted) }
    }),

    bind(routes.version, async ({ caller, params, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      const version = await versionOf(reader, { workspaceId: ownWorkspace(caller), ...params })
      if (version === undefined) throw notFound('version')
      return { status: 200, body: version }
    }),

    bind(routes.nodes, async ({ caller, query, waitFor }) => {
      const asked = { workspaceId: ownWorkspace(caller), flow: query.flow }
      const wanted = wantedOf(query, 100, elementPlaceOf)
      await positions.passed(['flows'], waitFor)
      await demandFlow(asked.workspaceId, query.flow)
      return { status: 200, body: await elementPage<FlowNode, object>(reader, 'node', asked, wanted, nodeView) }
    }),

    bind(routes.edges, async ({ caller, query, waitFor }) => {
      const asked = { workspaceId: ownWorkspace(caller), flow: query.flow }
      const wanted = wantedOf(query, 100, elementPlaceOf)
      await positions.passed(['flows'], waitFor)
      await demandFlow(asked.workspaceId, query.flow)
      return { status: 200, body: await elementPage<FlowEdge, object>(reader, 'edge', asked, wanted, edgeView) }
    }),

    bind(routes.triggers, async ({ params, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      return { status: 200, body: { data: await flowTriggers(reader, params.id) } }
    }),

    bind(routes.ofElement, async ({ params, query, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      return { status: 200, body: { data: await flowsOfElement(reader, params.id, query.kind, query.element) } }
    }),

    bind(templateRoutes.list, async ({ caller, query, waitFor }) => {
      const wanted = wantedOf(query, 20, placeOf)
      await positions.passed(['flows'], waitFor)
      return { status: 200, body: await templatePage(reader, ownWorkspace(caller), wanted) }
    }),

    bind(templateRoutes.get, async ({ caller, params, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      const found = await templateById(reader, ownWorkspace(caller), params.id)
      if (found === undefined) throw notFound('template')
      return { status: 200, body: found.template, revision: found.revision }
    }),

    bind(templateRoutes.uses, async ({ params, query, waitFor }) => {
      await positions.passed(['flows'], waitFor)
      const { active = false, limit = 5 } = query
      return { status: 200, body: { data: await usesOf(reader, params.id, params.templateId, { active, limit }) } }
    }),
  ]
}

function notFound(what: string): Rejection {
  return new Rejection('not-found', `There is no such ${what}.`)
}
