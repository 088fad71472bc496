import type { Static } from 'typebox'
import type { replyAction } from '../../schemas/flow/actions.ts'
import { fill } from '../domain/text/fill.ts'
import type { Act } from './action.ts'
import { type Send, say } from './message.ts'

/** A message to the visitor, from the bot. */
export function replying(send: Send): Act<Static<typeof replyAction>> {
  return ({ text }, acting, facts) => say(send, acting, { text: fill(text, facts), senderType: 'bot' })
}
