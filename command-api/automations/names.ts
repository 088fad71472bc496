import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { streamOf } from '../../schemas/streams.ts'
import { agent } from '../domain/agent/agent.ts'
import type { Handle } from '../handle.ts'
import { recent } from '../http/access.ts'
import type { Names } from './rule-errors.ts'

/** What there is in a workspace, as the log has it. */
export function createNames(handle: Handle, log: Pick<EventLog, 'readLast'>, allowPrivate: boolean) {
  return (workspaceId: string): Names => ({
    allowPrivate,
    async isAgent(agentId) {
      const { state } = await handle.look(agent, agentId.toLowerCase(), recent)
      return state.status === 'active' && state.workspaceId === workspaceId
    },
    async isFlow(flowId) {
      const last = await log.readLast(streamOf('flow', flowId.toLowerCase()))
      return last !== undefined && last.type !== 'FlowDeleted' && last.meta.workspaceId === workspaceId
    },
  })
}
