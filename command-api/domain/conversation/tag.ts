import type { TagConversation, UntagConversation } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'

/** Most tags on one conversation: more would say nothing. */
const most = 100

export function tag(state: Started, command: TagConversation): ConversationEvent[] {
  return newTags(state, [command.tag])
}

export function untag(state: Started, command: UntagConversation): ConversationEvent[] {
  return state.tags.includes(command.tag) ? [{ type: 'ConversationUntagged', data: { tag: command.tag } }] : []
}

/** One event for each tag that the conversation does not bear yet. */
export function newTags(state: Started, tags: readonly string[]): ConversationEvent[] {
  const added = [...new Set(tags)].filter((each) => !state.tags.includes(each))
  if (state.tags.length + added.length > most) {
    throw new Rejection('validation', `A conversation bears at most ${most} tags.`, [
      { path: '/tags', message: `at most ${most} tags` },
    ])
  }
  return added.map((each) => ({ type: 'ConversationTagged', data: { tag: each } }))
}
