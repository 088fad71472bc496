import Type, { type Static } from 'typebox'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { Acted, Acting } from './action.ts'
import { ask } from './ask.ts'

/** What of the message that was sent is told on. */
export const SentMessage = Type.Object({ id: Type.String(), revision: Type.Integer() })
export type Send = ServiceCall<Static<typeof SentMessage>>

/** Most characters of a message (schemas/fields.ts); what variables make longer is cut. */
const longest = 10_000

/** Says something in the conversation, in the name of the flow or automation. */
export async function say(
  send: Send,
  acting: Acting,
  { text, senderType }: { text: string; senderType: 'bot' | 'ai' },
): Promise<Acted> {
  const content = cut(text)
  if (content.trim() === '') return { outcome: 'refused', why: 'empty-text' }
  const body = { content, contentType: 'text', senderType, senderId: acting.cause.bot }
  const answer = await ask(send, acting, { body })
  if (!('heard' in answer)) return answer
  const { heard } = answer
  if (heard === undefined) return { outcome: 'done' }
  return { outcome: 'done', message: { id: heard.body.id, revision: heard.body.revision } }
}

/** Never between the two halves of a character. */
export function cut(text: string, most = longest): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')
}
