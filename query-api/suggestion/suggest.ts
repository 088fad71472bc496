import type { Message } from '../../schemas/conversation/resource.ts'
import type { Suggestion } from '../../schemas/suggestion.ts'
import type { Reader } from '../reader.ts'
import type { Chat, Turn } from './chat.ts'
import { type Example, examplesFor } from './examples.query.ts'

/** Least likeness of a question whose answer is suggested as it is. */
const alike = 0.2
const mostSources = 3
const mostExamples = 5

/** What was said last, the first message first. */
export type Talk = readonly Pick<Message, 'content' | 'senderType'>[]

/** A reply to the latest words of the visitor; of an earlier conversation, or by a language model if there is one. */
export async function suggest(
  reader: Reader,
  chat: Chat | undefined,
  { workspaceId, conversationId, talk }: { workspaceId: string; conversationId: string; talk: Talk },
): Promise<Suggestion> {
  const model = chat?.model ?? 'retrieval'
  const question = questionOf(talk)
  if (question === '') return { suggestion: null, sources: [], model }
  const examples = await examplesFor(reader, { workspaceId, conversationId, question })
  const good = examples.filter(({ score }) => score >= alike)
  const sources = good.slice(0, mostSources).map(({ answer: _, ...source }) => source)
  if (chat === undefined) return { suggestion: good[0]?.answer ?? null, sources, model }
  return { suggestion: await chat.complete(turnsOf(talk, good.slice(0, mostExamples))), sources, model }
}

/** What the visitor said since the last reply; or last, if he was answered already. */
export function questionOf(talk: Talk): string {
  const last = talk.findLastIndex(({ senderType }) => senderType === 'visitor')
  const before = talk.findLastIndex(({ senderType }, index) => index < last && senderType !== 'visitor')
  const said = last < 0 ? [] : talk.slice(before + 1, last + 1)
  return said
    .map(({ content }) => content)
    .filter((content) => content !== '' && content !== '[erased]')
    .join('\n')
}

/** What a language model is told: its task, answers that were given before, and what was said. Nothing of who the visitor is. */
export function turnsOf(talk: Talk, examples: readonly Example[]): Turn[] {
  const task =
    'You draft replies for a customer support agent. Answer the customer’s last message: shortly, in the customer’s language, as the agent would. Promise nothing that the earlier replies do not say. Give the text of the reply and nothing else.'
  const shown = examples.map(({ question, answer }) => `Customer: ${question}\nAgent: ${answer}`)
  const known = shown.length === 0 ? '' : `\n\nReplies that agents gave to similar messages:\n\n${shown.join('\n\n')}`
  const said = talk.filter(({ content }) => content !== '')
  return [
    { role: 'system', content: task + known },
    ...said.map(
      ({ senderType, content }): Turn => ({ role: senderType === 'visitor' ? 'user' : 'assistant', content }),
    ),
  ]
}
