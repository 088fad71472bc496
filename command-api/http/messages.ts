import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { type Binding, bind, type RequestOf } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { conversationCommands as routes } from '../../schemas/conversation/command-routes.ts'
import type { TemplateMessage } from '../../schemas/conversation/delivery.ts'
import { filesOf, type Message, publicView } from '../../schemas/conversation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import type { Handle } from '../handle.ts'
import { demandActiveChannel } from './access.ts'
import { derivedId } from './asking.ts'
import { ask } from './conversations.ts'
import { deliveryOf, messageOf } from './message-view.ts'
import { resourceOf } from './resource.ts'
import { mayImport, senderOf } from './sender.ts'

export function messageBindings({ handle, log }: { handle: Handle; log: EventLog }): Binding[] {
  return [
    bind(routes.send, async (request) => {
      const { body, params } = request
      const { contentType = 'text', content = '', files: ids = [] } = body
      const richMedia = body.richMedia ?? undefined
      const replyValue = 'replyValue' in body ? body.replyValue : undefined
      const imports = mayImport(request.caller) || request.caller.kind === 'system'
      let sent:
        | Omit<Message, 'files' | 'delivery' | 'createdAt' | 'revision' | 'sessionId' | 'isRead' | 'readBy' | 'readAt'>
        | undefined
      const { state, revision, position } = await ask(handle, request, 'send', async ({ commandId }, known) => {
        const sender = senderOf(request.caller, body, known.visitorId)
        const whatsappTemplate = templateIn(request)
        if (replyValue !== undefined && sender.type !== 'visitor') throw onlyVisitors()
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
          ...(replyValue === undefined ? {} : { replyValue }),
          ...(whatsappTemplate === undefined ? {} : { whatsappTemplate }),
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
      const body = reader.side === 'agent' ? { ...message, ...deliveryOf(facts) } : message
      return { status: 200, body, revision, position }
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

/** What WhatsApp is told in the place of the content is for those to say who know its templates: flows. */
function templateIn({ caller, body }: RequestOf<typeof routes.send>): TemplateMessage | undefined {
  if (!('whatsappTemplate' in body) || body.whatsappTemplate === undefined) return undefined
  if (caller.kind === 'system') return body.whatsappTemplate
  throw new Rejection('forbidden', 'whatsappTemplate is for our own services: use a flow to send a template.')
}

function onlyVisitors(): Rejection {
  const message = 'replyValue is for visitors, who choose a button'
  return new Rejection('validation', message, [{ path: '/replyValue', message }])
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
