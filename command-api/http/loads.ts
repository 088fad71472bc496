import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Service, serviceCall } from '../../infra/runtime/http/service-call.ts'
import { AgentLoad, AssignmentSituation } from '../../schemas/assignment/resource.ts'
import { assignmentRoutes } from '../../schemas/assignment/routes.ts'

/**
 * Who has how much, of a workspace, as the log has it at the moment of asking: query-api answers when its projections have passed the
 * log's head. Under the workspace's lock nobody else assigns meanwhile, so that it is still true when it is decided on; what is closed
 * meanwhile only makes room. Throws Rejection('projection-behind') when the projections do not get there in time.
 */
export interface Loads {
  ofAgent(workspaceId: string, agentId: string, traceId: string): Promise<number>
  situation(workspaceId: string, limit: number, traceId: string): Promise<AssignmentSituation>
}

export function createLoads(queryApi: Service, log: Pick<EventLog, 'head'>): Loads {
  const load = serviceCall(queryApi, assignmentRoutes.load, AgentLoad)
  const situation = serviceCall(queryApi, assignmentRoutes.situation, AssignmentSituation)
  const asOfNow = async (workspaceId: string, traceId: string) => ({
    caller: { kind: 'system', id: 'command-api', workspaceId } as const,
    waitFor: await log.head(),
    traceId,
  })
  return {
    async ofAgent(workspaceId, agentId, traceId) {
      const wish = await asOfNow(workspaceId, traceId)
      const { body } = await load({ ...wish, params: { id: workspaceId, agentId } })
      return body.load
    },
    async situation(workspaceId, limit, traceId) {
      const wish = await asOfNow(workspaceId, traceId)
      const { body } = await situation({ ...wish, params: { id: workspaceId }, query: { limit } })
      return body
    },
  }
}
