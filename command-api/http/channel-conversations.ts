import { type ChannelNames, channelNames } from '../../infra/runtime/auth/channel-names.ts'
import type { VisitorTokens } from '../../infra/runtime/auth/visitor-tokens.ts'
import type { CommandContext } from '../../infra/runtime/event-store/log.ts'
import { type Binding, bind, type RequestOf } from '../../infra/runtime/http/binding.ts'
import type { Caller } from '../../schemas/caller.ts'
import { configOf } from '../../schemas/channel/config.ts'
import type { ContactFacts } from '../../schemas/contact/events.ts'
import { channelConversationRoutes as routes } from '../../schemas/conversation/channel-routes.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type ActiveChannel, channel } from '../domain/channel/channel.ts'
import { contact } from '../domain/contact/contact.ts'
import type { Started } from '../domain/conversation/conversation.ts'
import { conversation } from '../domain/conversation/decide.ts'
import { widget } from '../domain/widget/widget.ts'
import type { Handle } from '../handle.ts'
import { recent } from './access.ts'
import { askingOf, contextOf, derivedId } from './asking.ts'
import { begin } from './begin.ts'
import { resourceOf } from './resource.ts'
import { demandBounded } from './start.ts'

type OpenRequest = RequestOf<typeof routes.open>

interface Opened {
  state: Started
  created: boolean
  position: LogPosition | undefined
}

/** Conversations of channels: asked for by our own services, which have found out that the end user may. */
export function channelConversationBindings({
  handle,
  visitorTokens,
}: {
  handle: Handle
  visitorTokens: VisitorTokens
}): Binding[] {
  return [
    bind(routes.open, async (request) => {
      demandBounded(request.body.metadata)
      const found = await channelFor(handle, request)
      const { workspaceId } = found
      const names = await namesOf(handle, request.body, 0)
      const { state, created, position } = await open(handle, request, found, names)
      const visitorToken = await visitorTokens.issueVisitorToken({ workspaceId, ...names })
      const body = { conversation: resourceOf(state), created, visitorToken }
      return { status: created ? 201 : 200, body, revision: state.revision, position }
    }),

    bind(routes.endUser, async ({ query }) => ({ status: 200, body: await namesOf(handle, query, recent) })),

    bind(routes.find, async ({ caller, params }) => {
      const { state } = await handle.look(conversation, params.id, 0)
      const own = ownOf(caller)
      if (state.status === 'none' || (own !== undefined && own !== state.workspaceId)) {
        throw new Rejection('not-found', 'There is no such conversation.')
      }
      const body = { conversation: resourceOf(state), identityVerification: await verificationOf(handle, state) }
      return { status: 200, body, revision: state.revision }
    }),
  ]
}

async function channelFor(handle: Handle, { body, caller }: OpenRequest): Promise<ActiveChannel> {
  const { state } = await handle.look(channel, body.channelId.toLowerCase(), recent)
  const own = ownOf(caller)
  if (state.status !== 'there' || (own !== undefined && own !== state.workspaceId)) {
    throw new Rejection('not-found', 'There is no such channel.')
  }
  if (!state.active) throw new Rejection('conflict', 'The channel is not active.')
  return state
}

/** What is deleted or was never there demands nothing; nor do types of channels whose end users show no external id. */
async function verificationOf(handle: Handle, { widgetId, channelId }: Started): Promise<'off' | 'required'> {
  if (widgetId !== null) {
    const { state } = await handle.look(widget, widgetId, recent)
    return state.status === 'none' ? 'off' : state.settings.identityVerification
  }
  if (channelId === null) return 'off'
  const { state } = await handle.look(channel, channelId, recent)
  if (state.status === 'none') return 'off'
  return configOf(state.channelType, state.config).identityVerification === 'required' ? 'required' : 'off'
}

/** The workspace for which a service asks; undefined where it asks for whichever it is. */
function ownOf(caller: Caller): string | undefined {
  return caller.kind === 'system' ? caller.workspaceId : undefined
}

/** Who comes back so often after being erased has other reasons than to chat. */
const mostGenerations = 20

/** The names of an end user who was not erased. Throws Rejection('contact-erased') for one who was again and again. */
async function namesOf(
  handle: Handle,
  { channelId, externalId }: { channelId: string; externalId: string },
  maxAgeMs: number,
): Promise<ChannelNames> {
  for (let generation = 0; generation < mostGenerations; generation++) {
    const names = channelNames(channelId, externalId, generation)
    const { state } = await handle.look(contact, names.contactId, maxAgeMs)
    if (state.status !== 'erased') return names
  }
  throw new Rejection('contact-erased', 'This contact has been erased.')
}

async function open(handle: Handle, request: OpenRequest, found: ActiveChannel, names: ChannelNames): Promise<Opened> {
  const { conversationId, contactId, visitorId } = names
  const { body } = request
  const before = await handle.look(conversation, conversationId, 0)
  const begun = before.state.status !== 'none' && before.state.messages.size > 0
  if (before.state.status !== 'none' && begun && body.keepContact) {
    return { state: before.state, created: false, position: before.position }
  }
  const actor = { kind: 'visitor', id: visitorId } as const
  const asking = askingOf(request, streamOf('conversation', conversationId), 'open')
  const context = contextOf(asking, request, { workspaceId: found.workspaceId, actor, key: contactId })
  const kept = await keepContact(handle, names, body.contact ?? {}, context)
  if (before.state.status !== 'none') {
    return { state: before.state, created: false, position: kept ?? before.position }
  }
  try {
    const { state, position, events } = await begin(
      handle,
      {
        type: 'StartConversation',
        conversationId,
        sessionId: derivedId(asking.commandId, 'session'),
        contactId,
        visitorId,
        widgetId: null,
        channelId: found.id,
        channel: found.channelType,
        startedBy: 'visitor',
        metadata: body.metadata ?? {},
      },
      context,
    )
    if (state.status === 'none') throw new Error(`The conversation just started is not there: ${conversationId}`)
    return { state, created: events.length > 0, position }
  } catch (error) {
    if (!(error instanceof Rejection && error.code === 'already-exists')) throw error
    // Another request for the same end user was first.
    const { state, position } = await handle.look(conversation, conversationId, 0)
    if (state.status === 'none') throw error
    return { state, created: false, position }
  }
}

/** Creates the contact, or brings it up to date. Gives the position of what changed; undefined where nothing did. */
async function keepContact(
  handle: Handle,
  { contactId, visitorId }: ChannelNames,
  given: Partial<Pick<ContactFacts, 'name' | 'email' | 'phone' | 'attributes'>>,
  context: CommandContext,
): Promise<LogPosition | undefined> {
  const { name = null, email = null, phone = null, attributes = {} } = given
  const part = (action: string) => ({ ...context, commandId: derivedId(context.commandId, action) })
  const created = await handle(
    contact,
    contactId,
    { type: 'CreateContact', contactId, visitorId, name, email, phone, attributes },
    part('contact'),
  )
  if (created.events.length > 0) return created.position
  const updated = await handle(contact, contactId, { type: 'UpdateContact', changes: given }, part('contact-update'))
  return updated.events.length > 0 ? updated.position : undefined
}
