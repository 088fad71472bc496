import type { Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { assignAction } from '../../schemas/flow/actions.ts'
import type { Act } from './action.ts'
import { ask, done } from './ask.ts'

/** Assigns to an agent, whoever has it; or, with null, to nobody. */
export function assigning(call: ServiceCall<unknown>): Act<Static<typeof assignAction>> {
  return ({ agentId }, acting) => done(ask(call, acting, { body: { agentId } }))
}
