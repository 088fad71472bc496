import type { Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { untagAction } from '../../schemas/flow/actions.ts'
import type { Act } from './action.ts'
import { ask, done } from './ask.ts'

export function untagging(call: ServiceCall<unknown>): Act<Static<typeof untagAction>> {
  return ({ tag }, acting) => done(ask(call, acting, { params: { tag } }))
}
