import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { conversationCommands as routes } from '../../schemas/conversation/command-routes.ts'
import { filesOf, type Message, publicView } from '../../schemas/conversation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import type { Handle } from '../handle.ts'
import { demandActiveChannel } from './access.ts'
import { derivedId } from './asking.ts'
import { ask } from './conversations.ts'
import { messageOf } from './message-view.ts'
import { resourceOf } from './resource.ts'
import { mayImport, senderOf } from './sender.ts'

export function messageBindings({ handle, log }: { handle: Handle; log: EventLog }): Binding[] {
  return [
    bind(routes.send, async (request) => {
      const { body, params } = request
      const { contentType = 'text', content = '', files: ids = [] } = body
      const richMedia = body.richMedia ?? undefined
      const imports = mayImport(request.caller) || request.caller.kind === 'system'
      let sent:
        | Omit<Message, 'files' | 'createdAt' | 'revision' | 'sessionId' | 'isRead' | 'readBy' | 'readAt'>
        | undefined
      const { state, revision, position } = await ask(handle, request, 'send', async ({ commandId }, known) => {
        const sender = senderOf(request.caller, body, known.visitorId)
        if (request.caller.kind === 'visitor') await demandActiveChannel(handle, known)
        const messageId = derivedId(commandId, 'message')
        sent = {
          id: messageId,
          conversationId: params.id,
          content,
          contentType,
          richMedia: richMedia ?? null,
          senderType: sender.type,
          senderId: sender.id,
        }
        const side = imports ? 'either' : sender.type === 'visitor' ? 'visitor' : 'agent'
        return {
          type: 'SendMessage',
          messageId,
          newSessionId: derivedId(commandId, 'session'),
          sender,
          contentType,
          content,
          ...(richMedia === undefined ? {} : { richMedia }),
          ...(ids.length === 0 ? {} : { files: { ids: ids.map((id) => id.toLowerCase()), side } }),
          ...(body.occurredAt === undefined ? {} : { occurredAt: body.occurredAt }),
        }
      })
      const facts = sent && state.messages.get(sent.id)
      if (sent === undefined || facts === undefined) throw new Error(`The message just sent is not in ${params.id}`)
      const { sessionId, createdAt } = facts
      const files = filesOf(
        params.id,
        ids.flatMap((id) => state.files.get(id.toLowerCase())?.file ?? []),
      )
      return {
        status: 201,
        body: {
          ...sent,
          files,
          sessionId,
          isRead: false,
          readBy: null,
          readAt: null,
          createdAt,
          revision: facts.revision,
        },
        revision,
        position,
      }
    }),

    bind(routes.readMessage, async (request) => {
      const { caller, params } = request
      const reader = readerOf(caller, params.id)
      const { state, revision, position } = await ask(handle, request, 'read-message', () => ({
        type: 'ReadMessages',
        messageIds: [params.messageId],
        ...reader,
      }))
      const facts = state.messages.get(params.messageId)
      if (facts === undefined) throw new Rejection('not-found', 'There is no such message.')
      const message = await messageOf(log, streamOf('conversation', params.id), facts)
      return { status: 200, body: message, revision, position }
    }),

    bind(routes.read, async (request) => {
      const { caller, body, params } = request
      const reader = readerOf(caller, params.id)
      const { state, revision, position } = await ask(handle, request, 'read', () => ({
        type: 'ReadMessages',
        messageIds: body.messageIds?.map((id) => id.toLowerCase()) ?? 'all',
        ...reader,
      }))
      const conversation = resourceOf(state)
      return {
        status: 200,
        body: reader.side === 'agent' ? conversation : publicView(conversation),
        revision,
        position,
      }
    }),
  ]
}

/** Who reads, and for which side. Throws Rejection('unauthenticated') for whoever shows neither. */
function readerOf(caller: Caller, conversationId: string): { side: 'visitor' | 'agent'; readerId: string } {
  if (caller.kind === 'visitor' && caller.conversationId === conversationId) {
    return { side: 'visitor', readerId: caller.visitorId }
  }
  if (caller.kind !== 'anonymous' && caller.kind !== 'visitor') return { side: 'agent', readerId: caller.id }
  throw new Rejection(
    'unauthenticated',
    'Reading is recorded for agents, and for visitors who show their visitorToken.',
  )
}
