import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Suggestion } from '../../schemas/suggestion.ts'
import { type Act, Foreign } from './action.ts'
import { callerFor } from './ask.ts'
import { type Send, say } from './message.ts'

export interface Suggesting {
  /** GET /api/ai-suggest */
  suggest: ServiceCall<Suggestion>
  send: Send
  /** Where the log ends: the suggestion is to be of what was said last. */
  head: () => Promise<LogPosition | undefined>
}

/** A language model takes its time. */
const timeoutMs = 60_000

/** Answers the visitor with what query-api suggests, as the AI. */
export function answeringByAi({ suggest, send, head }: Suggesting): Act<{ type: 'ai_reply' }> {
  return async (_, acting) => {
    const { workspaceId, conversationId } = acting
    const text = await suggest({
      caller: callerFor(workspaceId),
      query: { conversation_id: conversationId },
      waitFor: await head(),
      timeoutMs,
    }).then(({ body }) => body.suggestion, unlessGone)
    if (text === null) return { outcome: 'refused', why: 'no-suggestion' }
    return say(send, acting, { text, senderType: 'ai' })
  }
}

/** query-api is away, or the language model that it asks: it cannot be told which, and the visitor waits. */
function unlessGone(cause: unknown): null {
  if (!(cause instanceof Rejection)) throw cause
  if (cause.code === 'not-found') return null
  throw cause.code === 'unavailable' ? new Foreign(`ai_reply: ${cause.message}`, { cause }) : cause
}
