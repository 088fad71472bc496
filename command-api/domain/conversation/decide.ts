import type { ConversationCommand } from '../../../schemas/conversation/commands.ts'
import { type ConversationEvent, conversationEvents } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Decider } from '../decider.ts'
import { assign, unassign } from './assign.ts'
import { type ConversationState, evolve, unstarted } from './conversation.ts'
import { recordDelivery } from './delivery.ts'
import { upload } from './file.ts'
import { endFlow, startFlow } from './flow.ts'
import { read } from './read.ts'
import { note, rate } from './remark.ts'
import { send } from './send.ts'
import { start } from './start.ts'
import { close, park, resume } from './status.ts'
import { tag, untag } from './tag.ts'

export function decide(state: ConversationState, command: ConversationCommand): ConversationEvent[] {
  if (command.type === 'StartConversation') return start(state, command)
  if (state.status === 'none') throw new Rejection('not-found', 'There is no such conversation.')
  switch (command.type) {
    case 'SendMessage':
      return send(state, command)
    case 'ReadMessages':
      return read(state, command)
    case 'RecordDelivery':
      return recordDelivery(state, command)
    case 'AssignConversation':
      return assign(state, command)
    case 'UnassignConversation':
      return unassign(state, command)
    case 'TagConversation':
      return tag(state, command)
    case 'UntagConversation':
      return untag(state, command)
    case 'ParkConversation':
      return park(state)
    case 'ResumeConversation':
      return resume(state, command)
    case 'CloseConversation':
      return close(state, command)
    case 'AddNote':
      return note(state, command)
    case 'UploadFiles':
      return upload(state, command)
    case 'EraseConversation':
      return state.erased ? [] : [{ type: 'ConversationErased', data: { contactId: state.contactId } }]
    case 'RateConversation':
      return rate(state, command)
    case 'StartFlow':
      return startFlow(state, command)
    case 'EndFlow':
      return endFlow(state, command)
    default:
      return command satisfies never
  }
}

export const conversation: Decider<ConversationState, ConversationCommand, ConversationEvent> = {
  noun: 'conversation',
  initial: unstarted,
  types: conversationEvents,
  decide,
  evolve,
  done: (state, commandId) => (state.status === 'none' ? undefined : state.done.get(commandId)),
}
