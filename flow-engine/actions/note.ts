import type { Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { automationActions } from '../../schemas/automation/events.ts'
import { fill } from '../domain/text/fill.ts'
import type { Act } from './action.ts'
import { ask, done } from './ask.ts'
import { cut } from './message.ts'

/** A private note for the agents. */
export function noting(call: ServiceCall<unknown>): Act<Pick<Static<typeof automationActions.note>, 'text'>> {
  return async ({ text }, acting, facts) => {
    const content = cut(fill(text, facts))
    if (content.trim() === '') return { outcome: 'refused', why: 'empty-text' }
    return done(ask(call, acting, { body: { content } }))
  }
}
