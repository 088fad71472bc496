import type { Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { automationActions } from '../../schemas/automation/events.ts'
import type { Act, Acted, Acting } from './action.ts'
import { ask, done } from './ask.ts'

type SetStatus = Static<typeof automationActions.status>

export function settingStatus(call: ServiceCall<unknown>): Act<SetStatus> {
  return ({ status }, acting) => to(status, call, acting)
}

/** What flows call it. */
export function closing(call: ServiceCall<unknown>): Act<{ type: 'close' }> {
  return (_, acting) => to('closed', call, acting)
}

async function to(status: SetStatus['status'], call: ServiceCall<unknown>, acting: Acting): Promise<Acted> {
  const acted = await done(ask(call, acting, { body: { status } }))
  // It is as it should be.
  return acted.outcome === 'refused' && acted.why === 'already-closed' ? { outcome: 'done' } : acted
}
