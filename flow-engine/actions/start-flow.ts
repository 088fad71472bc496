import type { Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { automationActions } from '../../schemas/automation/events.ts'
import type { Act } from './action.ts'
import { ask, done } from './ask.ts'

/** Starts a chat flow, in the name of an automation. Where one runs already, or an agent has the conversation, it is refused. */
export function startingFlow(call: ServiceCall<unknown>): Act<Static<typeof automationActions.start_flow>> {
  return ({ flowId }, acting) => {
    const body = { flowId, startedBy: 'automation', starterId: acting.cause.bot, unlessAssigned: true }
    return done(ask(call, acting, { body }))
  }
}
