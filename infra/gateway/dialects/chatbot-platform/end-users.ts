import type { Conversation } from '../../../../schemas/conversation/resource.ts'
import { chatbotPlatformRoutes as routes } from '../../../../schemas/dialects/chatbot-platform.ts'
import { endUserMessageView } from '../../../../schemas/dialects/platform-message.ts'
import { Rejection } from '../../../../schemas/rejection.ts'
import { demandOpenTo, demandSignature, servesExternalIds } from '../../../runtime/auth/end-users.ts'
import { type Binding, bind, type RequestOf } from '../../../runtime/http/binding.ts'
import { type Canonical, gatewayFor, onBehalfOf } from '../canonical.ts'
import type { Channels } from '../channels.ts'

/** "Returns the last 100 messages" (document C, Message History). */
const lastMessages = 100

/** Document C's end users: known by their external id, which the channel may want signed. */
export function endUserBindings(canonical: Canonical, channels: Channels): Binding[] {
  return [
    bind(routes.init, async (request) => {
      const { embed_token, external_id: externalId, display_name, signature } = request.body
      const channel = await channels.byKey(embed_token, 'embed', request.traceId)
      if (channel === undefined) throw new Rejection('forbidden', 'embed_token is invalid')
      demandOpenTo(channel, request.headers.origin)
      demandSignature(channel, externalId, signature)
      const name = display_name?.trim() ?? ''
      const { status, body } = await canonical.openConversation({
        ...onBehalfOf(request, gatewayFor(channel.workspaceId)),
        body: { channelId: channel.id, externalId, ...(name === '' ? {} : { contact: { name } }) },
        idempotencyKey: request.idempotencyKey,
      })
      const { conversation, visitorToken } = body
      const opened = {
        conversation_id: conversation.id,
        channel_id: channel.id,
        session_id: conversation.sessionId,
        session_status: conversation.status === 'closed' ? 'resolved' : 'open',
        visitor_token: visitorToken,
      }
      return { status, body: opened }
    }),

    bind(routes.endUserHistory, async (request) => {
      const params = { id: request.params.conversation_id }
      const asGateway = onBehalfOf(request, gatewayFor())
      const { body } = await canonical.findConversation({ ...asGateway, params })
      await demandEndUser(request, body.conversation, body.identityVerification, channels)
      const query = { limit: lastMessages, order: 'desc' }
      const thread = await canonical.thread({ ...asGateway, params, query })
      return { status: 200, body: thread.body.data.reverse().map(endUserMessageView) }
    }),
  ]
}

type HistoryRequest = RequestOf<typeof routes.endUserHistory>

/** Throws 403 for somebody else. A widget has no secret to sign with: where it wants more than the id, that is the visitor's token. */
async function demandEndUser(
  { query, caller, traceId }: HistoryRequest,
  { id, visitorId, channelId, channel: type }: Conversation,
  verification: 'off' | 'required',
  channels: Channels,
): Promise<void> {
  if (query.external_id !== visitorId || !servesExternalIds(type)) {
    throw new Rejection('forbidden', 'external_id is not that of this conversation')
  }
  if (verification === 'off' || (caller.kind === 'visitor' && caller.conversationId === id)) return
  const channel = channelId === null ? undefined : await channels.byId(channelId, traceId)
  if (channel === undefined) throw new Rejection('forbidden', 'This conversation needs its visitor token')
  demandSignature(channel, query.external_id, query.signature)
}
