import { type Binding, bind, type Request } from '../../infra/runtime/http/binding.ts'
import { causeIn } from '../../schemas/cause.ts'
import { conversationCommands as routes } from '../../schemas/conversation/command-routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Handle } from '../handle.ts'
import { derivedId } from './asking.ts'
import { ask } from './conversations.ts'

/** Notes of agents and ratings of visitors. */
export function remarkBindings({ handle }: { handle: Handle }): Binding[] {
  return [
    bind(routes.note, async (request) => {
      const { body, params } = request
      const agentId = authorOf(request)
      let noteId = ''
      const { state, revision, position } = await ask(handle, request, 'note', ({ commandId }) => {
        noteId = derivedId(commandId, 'note')
        return { type: 'AddNote', noteId, agentId, content: body.content }
      })
      const facts = state.notes.get(noteId)
      if (facts === undefined) throw new Error(`The note just added is not in ${params.id}`)
      const note = { id: noteId, conversationId: params.id, agentId, content: body.content, ...facts }
      return { status: 201, body: note, revision, position }
    }),

    bind(routes.rate, async (request) => {
      const { caller, body, params } = request
      const comment = body.comment ?? null
      const { state, revision, position } = await ask(handle, request, 'rate', () => {
        // Asked when the conversation has been found: another workspace's is not found, whoever asks.
        if (caller.kind !== 'anonymous' && caller.kind !== 'visitor') {
          throw new Rejection('forbidden', 'Only the visitor can rate a conversation.')
        }
        return { type: 'RateConversation', score: body.score, ...(comment === null ? {} : { comment }) }
      })
      const rating = { conversationId: params.id, sessionId: state.sessionId, score: body.score, comment }
      return { status: 201, body: rating, revision, position }
    }),
  ]
}

/** An agent; or the flow or automation in whose name one of our services writes. */
function authorOf({ caller, headers }: Pick<Request, 'caller' | 'headers'>): string {
  if (caller.kind === 'agent') return caller.id
  const cause = caller.kind === 'system' ? causeIn(headers) : undefined
  if (cause === undefined) throw new Rejection('forbidden', 'Only an agent can add a note.')
  return cause.bot
}
