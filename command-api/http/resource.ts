import type { Conversation } from '../../schemas/conversation/resource.ts'
import type { Started } from '../domain/conversation/conversation.ts'

/** A conversation as agents see it, from the folded state. */
export function resourceOf(state: Started): Conversation {
  const { messages, notes: _n, files: _f, erased: _e, done: _d, tags, rating, flow, ...facts } = state
  const flowRunId = flow?.runId ?? null
  return { ...facts, tags: [...tags], messageCount: messages.size, rating: rating?.score ?? null, flowRunId }
}
