import Type, { type Static } from 'typebox'
import { exactly, Id, nullable } from './fields.ts'
import { route } from './route.ts'

/** Where a suggestion comes from: what another visitor asked, and the message by which it was answered. */
export const SuggestionSource = exactly({
  conversationId: Id,
  messageId: Type.String({ format: 'uuid', description: 'the reply' }),
  question: Type.String({ description: 'the visitor’s message that it answered' }),
  score: Type.Number({ minimum: 0, maximum: 1, description: 'how alike the questions are' }),
})
export type SuggestionSource = Static<typeof SuggestionSource>

export const Suggestion = exactly({
  suggestion: nullable(Type.String({ description: 'null: nothing like it was answered before' })),
  sources: Type.Array(SuggestionSource, { description: 'the most alike first' }),
  model: Type.String({ description: '`retrieval`, or the name of the model that wrote it' }),
})
export type Suggestion = Static<typeof Suggestion>

/** Reply suggestions (document D); served by query-api. */
export const suggestionQueries = {
  suggest: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/ai-suggest',
    access: 'agent',
    scope: 'read',
    tag: 'Suggestions',
    summary: 'Suggest a reply',
    description:
      'The reply that the agents of this workspace gave to the visitor’s message that is most like the latest one of this conversation. With AI_BASE_URL and AI_API_KEY set, a language model writes one from the last turns, with such replies as examples; 503 when it does not answer.',
    query: exactly({ conversation_id: Id }),
    answers: { 200: { description: 'a suggestion, or none', schema: Suggestion } },
    rejections: ['not-found', 'projection-behind'],
  }),
}
