import type { AutomationAction } from '../../schemas/automation/events.ts'
import type { WrittenAction } from '../../schemas/automation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'

/** Actions as they are kept, whichever way they are written. Throws Rejection('validation') where one says nothing, or two things. */
export function keptActions(written: readonly WrittenAction[]): AutomationAction[] {
  return written.map((action, i) => {
    if (action.type !== 'assign') return action
    const [agentId, ...others] = [action.agentId, action.agent_id].filter((id) => id !== undefined)
    if (agentId !== undefined && others.length === 0) return { type: 'assign', agentId }
    const message =
      agentId === undefined ? 'agentId is required' : 'agentId and agent_id are the same: give one of them'
    throw new Rejection('validation', message, [{ path: `/actions/${i}/agentId`, message }])
  })
}
