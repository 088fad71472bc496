import type { VisitorTokens } from '../../infra/runtime/auth/visitor-tokens.ts'
import { type Binding, bind, type Reply } from '../../infra/runtime/http/binding.ts'
import { conversationCommands as routes } from '../../schemas/conversation/command-routes.ts'
import type { ConversationCommand } from '../../schemas/conversation/commands.ts'
import { publicView } from '../../schemas/conversation/resource.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { contact } from '../domain/contact/contact.ts'
import type { ConversationState, Started } from '../domain/conversation/conversation.ts'
import { conversation } from '../domain/conversation/decide.ts'
import type { Handle, Handled } from '../handle.ts'
import { conversationFor, widgetFor } from './access.ts'
import { type AnyRequest, type Asking, actorOf, askingOf, contextOf, derivedId } from './asking.ts'
import { begin, contactWhoComes } from './begin.ts'
import { resourceOf } from './resource.ts'
import { mayImport, refuseOtherTimes } from './sender.ts'
import { namesOf } from './start.ts'
import { startByAgent } from './start-by-agent.ts'

export interface ConversationDoors {
  handle: Handle
  visitorTokens: VisitorTokens
  idSecret: string
}

export type ConversationRequest = AnyRequest & { params: { id: string }; ifMatch?: number }

/** Asks the conversation of a request for something; the caller's right to it has been checked. */
export async function ask(
  handle: Handle,
  request: ConversationRequest,
  action: string,
  command: (asking: Asking, state: Started) => ConversationCommand | Promise<ConversationCommand>,
): Promise<Handled<ConversationState> & { state: Started }> {
  const { id } = request.params
  const { workspaceId, contactId, visitorId, ...rest } = await conversationFor(handle, request.caller, id)
  const asking = askingOf(request, streamOf('conversation', id), action)
  const context = contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, visitorId), key: contactId })
  const asked = await command(asking, { workspaceId, contactId, visitorId, ...rest })
  const handled = await handle(conversation, id, asked, context, { ifMatch: request.ifMatch })
  if (handled.state.status === 'none') throw new Rejection('not-found', 'There is no such conversation.')
  return { ...handled, state: handled.state }
}

export function conversationBindings({ handle, visitorTokens, idSecret }: ConversationDoors): Binding[] {
  const change = async (...[request, action, command]: DropFirst<Parameters<typeof ask>>): Promise<Reply> => {
    const { state, revision, position } = await ask(handle, request, action, command)
    return { status: 200, body: resourceOf(state), revision, position }
  }

  return [
    bind(routes.start, async (request) => {
      const { caller, body } = request
      if ('channelId' in body) return startByAgent(handle, { ...request, body }, idSecret)
      refuseOtherTimes(caller, body.occurredAt)
      const { id: widgetId, workspaceId } = await widgetFor(handle, caller, body.widgetId, request.headers.origin)
      const names = namesOf({ ...request, body }, workspaceId, idSecret)
      const { asking, conversationId, visitorId } = names
      const contactId = await contactWhoComes(handle, visitorId, workspaceId)
      const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, visitorId), key: contactId })
      const first = { ...context, commandId: derivedId(asking.commandId, 'contact') }
      await handle(
        contact,
        contactId,
        { type: 'CreateContact', contactId, visitorId, name: null, email: null, phone: null, attributes: {} },
        first,
      )
      const { state, revision, position } = await begin(
        handle,
        {
          type: 'StartConversation',
          conversationId,
          sessionId: derivedId(asking.commandId, 'session'),
          contactId,
          visitorId,
          widgetId,
          channel: 'widget',
          startedBy: caller.kind === 'agent' ? 'agent' : 'visitor',
          metadata: body.metadata ?? {},
          ...(body.occurredAt === undefined ? {} : { occurredAt: body.occurredAt }),
        },
        context,
      )
      if (state.status === 'none') throw new Rejection('not-found', 'There is no such conversation.')
      const visitorToken = await visitorTokens.issueVisitorToken({ workspaceId, conversationId, contactId, visitorId })
      return { status: 201, body: { ...publicView(resourceOf(state)), visitorToken }, revision, position }
    }),

    bind(routes.close, (request) => {
      const { tags = [], occurredAt } = request.body
      refuseOtherTimes(request.caller, occurredAt)
      const command = { type: 'CloseConversation', tags: tags.map(trimmed) } as const
      return change(request, 'close', () =>
        mayImport(request.caller) && occurredAt ? { ...command, occurredAt } : command,
      )
    }),

    bind(routes.setStatus, (request) =>
      change(request, 'status', ({ commandId }) => {
        switch (request.body.status) {
          case 'open':
            return { type: 'ResumeConversation', newSessionId: derivedId(commandId, 'session') }
          case 'pending':
            return { type: 'ParkConversation' }
          case 'closed':
            return { type: 'CloseConversation', tags: [] }
        }
      }),
    ),

    bind(routes.tag, (request) =>
      change(request, 'tag', () => ({ type: 'TagConversation', tag: trimmed(request.body.tag) })),
    ),

    bind(routes.untag, (request) =>
      change(request, 'untag', () => ({ type: 'UntagConversation', tag: trimmed(request.params.tag) })),
    ),
  ]
}

type DropFirst<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never

const trimmed = (tag: string) => tag.trim()
