import { type Binding, bind } from '../../infra/runtime/http/binding.ts'
import { deviceRoutes as routes } from '../../schemas/contact/device-routes.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { contact } from '../domain/contact/contact.ts'
import type { Started } from '../domain/conversation/conversation.ts'
import type { Handle } from '../handle.ts'
import { conversationFor } from './access.ts'
import { type AnyRequest, actorOf, askingOf, contextOf, secretId } from './asking.ts'
import { demandContact } from './begin.ts'

/** Where end users get pushes. What sends them is flow-engine's affair. */
export function deviceBindings({ handle, idSecret }: { handle: Handle; idSecret: string }): Binding[] {
  return [
    bind(routes.register, async (request) => {
      const holder = await holderOf(handle, request)
      const { channel, channelId, contactId } = holder
      if (channel !== 'mobile_sdk' || channelId === null) {
        throw new Rejection('conflict', 'Only a conversation of a mobile_sdk channel takes devices.')
      }
      const { platform, token } = normal(request.body)
      // The same for the same token; and it stays in the log, where nobody shall try out whose phone it was.
      const deviceId = secretId(idSecret, 'device', contactId, platform, token)
      const context = contextFor(request, holder, 'register-device')
      const command = { type: 'RegisterDevice', deviceId, platform, channelId, token } as const
      const { events, position } = await handle(contact, contactId, command, context)
      if (events.length === 0) await demandContact(handle, contactId)
      return { status: events.length > 0 ? 201 : 200, body: { id: deviceId, platform }, position }
    }),

    bind(routes.drop, async (request) => {
      const holder = await holderOf(handle, request)
      const context = contextFor(request, holder, 'drop-device')
      const command = { type: 'DropDevice', deviceId: request.params.deviceId, reason: 'asked' } as const
      const { position } = await handle(contact, holder.contactId, command, context)
      return { status: 204, position }
    }),

    bind(routes.ofContact, async ({ caller, params }) => {
      const { state } = await handle.look(contact, params.id, 0)
      const own = caller.kind === 'system' ? caller.workspaceId : undefined
      const isTheirs = state.status === 'known' && (own === undefined || own === state.workspaceId)
      return { status: 200, body: { data: isTheirs ? [...state.devices.values()] : [] } }
    }),

    bind(routes.dropDead, async (request) => {
      const { id, deviceId } = request.params
      const { state } = await handle.look(contact, id, 0)
      if (state.status === 'none') return { status: 204 }
      const context = contextFor(request, { ...state, contactId: id }, 'drop-dead-device')
      const { position } = await handle(contact, id, { type: 'DropDevice', deviceId, reason: 'dead' }, context)
      return { status: 204, position }
    }),
  ]
}

/** The conversation by which somebody shows that he is its end user. */
async function holderOf(handle: Handle, request: AnyRequest & { params: { id: string } }): Promise<Started> {
  const { caller, params } = request
  const conversation = await conversationFor(handle, caller, params.id)
  if (caller.kind === 'visitor' && caller.conversationId === params.id) return conversation
  if (caller.kind === 'anonymous') {
    throw new Rejection('unauthenticated', "This needs the visitor's token: send it as Authorization: Bearer <token>.")
  }
  throw new Rejection('forbidden', "Only the end user's app may say where pushes go.")
}

function contextFor(
  request: AnyRequest,
  { workspaceId, contactId, visitorId }: Pick<Started, 'workspaceId' | 'contactId' | 'visitorId'>,
  action: string,
) {
  const asking = askingOf(request, streamOf('contact', contactId), action)
  return contextOf(asking, request, { workspaceId, actor: actorOf(request.caller, visitorId), key: contactId })
}

/** Apple's tokens are bytes in hex, whichever case an app writes them in. */
function normal<T extends { platform: 'fcm' | 'apns'; token: string }>(device: T): T {
  return device.platform === 'apns' ? { ...device, token: device.token.toLowerCase() } : device
}
