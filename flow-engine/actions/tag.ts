import type { Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { tagAction } from '../../schemas/flow/actions.ts'
import type { Act } from './action.ts'
import { ask, done } from './ask.ts'

/** A tag that the conversation bears already changes nothing, and sets nothing off. */
export function tagging(call: ServiceCall<unknown>): Act<Static<typeof tagAction>> {
  return ({ tag }, acting) => done(ask(call, acting, { body: { tag } }))
}
