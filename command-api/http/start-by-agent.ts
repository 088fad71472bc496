import { randomUUID } from 'node:crypto'
import type { Static } from 'typebox'
import type { Reply } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import type { StartWithContactBody, StartWithNewContactBody } from '../../schemas/conversation/bodies.ts'
import type { StartConversation } from '../../schemas/conversation/commands.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { channel } from '../domain/channel/channel.ts'
import { contact } from '../domain/contact/contact.ts'
import { conversation } from '../domain/conversation/decide.ts'
import { widget } from '../domain/widget/widget.ts'
import type { Handle } from '../handle.ts'
import { ownWorkspace, recent } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, derivedId, scopeOf, secretId } from './asking.ts'
import { begin, contactOfVisitor, demandContact } from './begin.ts'
import { factsOf } from './contacts.ts'
import { resourceOf } from './resource.ts'
import { senderOf } from './sender.ts'
import { demandBounded } from './start.ts'

type Body = Static<typeof StartWithContactBody> | Static<typeof StartWithNewContactBody>
export type StartByAgentRequest = AnyRequest & { body: Body }

/**
 * A conversation that the workspace begins (document D): creates the contact if it is new, starts, and sends the first message. Each step
 * has a command id that is derived from the request's, so that a retry does what an earlier try had no time for, and answers alike.
 */
export async function startByAgent(handle: Handle, request: StartByAgentRequest, idSecret: string): Promise<Reply> {
  const { body, caller, idempotencyKey: key } = request
  const workspaceId = workspaceFor(caller)
  const { message, metadata = {} } = body
  // Before anything is written.
  if (message !== undefined) senderFor(caller)
  demandBounded(metadata)
  const source = await sourceFor(handle, workspaceId, body.channelId.toLowerCase())
  const about = `${workspaceId}:start:`
  const asking = askingOf(request, about, 'start')
  const derive = (what: string) =>
    key === undefined ? randomUUID() : secretId(idSecret, what, scopeOf(caller), about, key)
  const part = (what: string) => derivedId(asking.commandId, what)
  const names =
    'contactId' in body
      ? await knownContact(handle, workspaceId, body.contactId.toLowerCase())
      : newContact(derive('visitor'), workspaceId)
  const { contactId } = names
  const context = contextOf(asking, request, { workspaceId, actor: actorOf(caller, ''), key: contactId })
  if ('contact' in body) {
    const command = { type: 'CreateContact', ...names, ...factsOf(body.contact) } as const
    await handle(contact, contactId, command, { ...context, commandId: part('contact') })
  }
  const conversationId = derive('conversation')
  const sessionId = part('session')
  const start = {
    type: 'StartConversation',
    conversationId,
    sessionId,
    ...names,
    ...source,
    startedBy: 'agent',
    metadata,
  } as const
  const started = await begin(handle, start, context)
  const said = async (content: string) => {
    const send = {
      type: 'SendMessage',
      messageId: part('message'),
      newSessionId: part('another session'),
      sender: senderFor(caller),
      contentType: 'text',
      content,
    } as const
    return handle(conversation, conversationId, send, { ...context, commandId: part('send') })
  }
  const { state, revision, position } = message === undefined ? started : await said(message)
  if (state.status === 'none') throw new Error(`The conversation just started is not there: ${conversationId}`)
  return { status: 201, body: resourceOf(state), revision, position }
}

function workspaceFor(caller: Caller): string {
  if (caller.kind !== 'anonymous') return ownWorkspace(caller)
  throw new Rejection('unauthenticated', 'Only agents and API keys can start a conversation by channelId.')
}

/** What a key says by itself, no human says. */
function senderFor(caller: Caller) {
  return senderOf(caller, caller.kind === 'apiKey' ? { senderType: 'ai' } : {}, '')
}

type Source = Pick<StartConversation, 'widgetId' | 'channelId' | 'channel'>

/** No two nouns share an id, so that one field can name either. */
async function sourceFor(handle: Handle, workspaceId: string, id: string): Promise<Source> {
  const asWidget = (await handle.look(widget, id, recent)).state
  if (asWidget.status === 'active' && asWidget.workspaceId === workspaceId) {
    if (!asWidget.settings.active) throw inactive()
    return { widgetId: id, channelId: null, channel: 'widget' }
  }
  const asChannel = (await handle.look(channel, id, recent)).state
  if (asChannel.status !== 'there' || asChannel.workspaceId !== workspaceId) {
    throw new Rejection('not-found', 'There is no channel and no widget with this channelId.')
  }
  if (!asChannel.active) throw inactive()
  return { widgetId: null, channelId: id, channel: asChannel.channelType }
}

function inactive(): Rejection {
  return new Rejection('conflict', 'This channel is not active: it starts no conversations.')
}

interface Names {
  contactId: string
  visitorId: string
}

async function knownContact(handle: Handle, workspaceId: string, contactId: string): Promise<Names> {
  const { state } = await handle.look(contact, contactId, 0)
  if (state.status === 'none' || state.workspaceId !== workspaceId) {
    throw new Rejection('not-found', 'There is no contact with this contactId.')
  }
  await demandContact(handle, contactId)
  return { contactId, visitorId: state.visitorId }
}

/** As if a widget had met him, like every contact that an agent makes. */
function newContact(visitorId: string, workspaceId: string): Names {
  return { contactId: contactOfVisitor(visitorId, workspaceId), visitorId }
}
