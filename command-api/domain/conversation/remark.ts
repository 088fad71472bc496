import type { AddNote, RateConversation } from '../../../schemas/conversation/commands.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { Started } from './conversation.ts'

/** A private note of an agent; in any status. */
export function note(state: Started, { noteId, agentId, content }: AddNote): ConversationEvent[] {
  if (state.notes.has(noteId)) return []
  return [{ type: 'NoteAdded', data: { noteId, sessionId: state.sessionId, agentId, content } }]
}

/** The visitor's rating of the latest session: once. */
export function rate(state: Started, { score, comment }: RateConversation): ConversationEvent[] {
  if (state.rating?.sessionId === state.sessionId)
    throw new Rejection('already-rated', 'This session has been rated already.')
  const data = { sessionId: state.sessionId, score }
  return [{ type: 'ConversationRated', data: comment === undefined ? data : { ...data, comment } }]
}
