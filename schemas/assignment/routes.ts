import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import { AgentLoad, AssignmentSituation, DueWorkspaces, Routed } from './resource.ts'

const internal = { access: 'system', tag: 'Internal' } as const
const byId = exactly({ id: Id })

/** Assigning by itself: for our own services. */
export const assignmentRoutes = {
  route: route({
    ...internal,
    service: 'command-api',
    method: 'POST',
    path: '/internal/workspaces/{id}/route',
    summary: 'Assign what waits in a workspace, as it is set to',
    params: byId,
    answers: { 200: { description: 'what was assigned, and whether more waits', schema: Routed } },
    rejections: ['projection-behind'],
  }),
  situation: route({
    ...internal,
    service: 'query-api',
    method: 'GET',
    path: '/internal/workspaces/{id}/assignment',
    summary: 'Who waits in a workspace, and who could take it',
    params: byId,
    query: exactly({
      limit: Type.Integer({ minimum: 1, maximum: 1000, description: 'most that are named as waiting' }),
    }),
    answers: { 200: { description: 'as of the position waited for', schema: AssignmentSituation } },
    rejections: ['projection-behind'],
  }),
  load: route({
    ...internal,
    service: 'query-api',
    method: 'GET',
    path: '/internal/workspaces/{id}/agents/{agentId}/load',
    summary: 'How many conversations an agent has',
    params: exactly({ id: Id, agentId: Id }),
    answers: { 200: { description: 'as of the position waited for', schema: AgentLoad } },
    rejections: ['projection-behind'],
  }),
  due: route({
    ...internal,
    service: 'query-api',
    method: 'GET',
    path: '/internal/workspaces',
    summary: 'Workspaces that assign by themselves, or keep contacts for a time only',
    query: exactly({
      after: Type.Optional(Type.String({ format: 'uuid', description: 'the last id of the page before' })),
      limit: Type.Integer({ minimum: 1, maximum: 1000 }),
    }),
    answers: { 200: { description: 'in the order of their ids', schema: DueWorkspaces } },
    rejections: ['projection-behind'],
  }),
}
