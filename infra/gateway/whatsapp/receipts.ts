import { channelConversationRoutes, EndUserNames } from '../../../schemas/conversation/channel-routes.ts'
import type { DeliveryBody } from '../../../schemas/conversation/delivery.ts'
import { deliveryRoutes, RecordedDelivery } from '../../../schemas/conversation/delivery-routes.ts'
import type { WhatsappStatus } from '../../../schemas/whatsapp/webhook.ts'
import type { Request } from '../../runtime/http/binding.ts'
import { type Service, serviceCall } from '../../runtime/http/service-call.ts'
import { readCallback } from '../../runtime/whatsapp/callback.ts'
import { whatsappError } from '../../runtime/whatsapp/errors.ts'
import { gatewayFor, onBehalfOf } from '../dialects/canonical.ts'
import type { WhatsappChannel } from './arrivals.ts'
import { externalIdOf } from './signature.ts'

export interface Receipt {
  channel: WhatsappChannel
  status: WhatsappStatus
  request: Pick<Request, 'ip' | 'traceId'>
}

/** Records what Meta says of a message that we sent. Throws Rejections: not-found for one that is none of ours. */
export function createReceipts({
  commandApi,
  idSecret,
}: {
  commandApi: Service
  idSecret: string
}): (receipt: Receipt) => Promise<void> {
  const record = serviceCall(commandApi, deliveryRoutes.record, RecordedDelivery)
  const endUser = serviceCall(commandApi, channelConversationRoutes.endUser, EndUserNames)

  return async ({ channel, status, request }) => {
    const asGateway = onBehalfOf(request, gatewayFor(channel.workspaceId))
    const callback = readCallback(status.biz_opaque_callback_data)
    const body = bodyOf(channel.id, status, callback)
    if (body === undefined) return
    if (callback !== undefined) {
      await record({ ...asGateway, params: { id: callback.conversationId }, body })
    } else if (status.recipient_id !== undefined) {
      const externalId = externalIdOf(idSecret, channel.id, status.recipient_id)
      const { body: names } = await endUser({ ...asGateway, query: { channelId: channel.id, externalId } })
      await record({ ...asGateway, params: { id: names.conversationId }, body })
    }
  }
}

/** Undefined for what is no news of a message: it was deleted, or WhatsApp warns of something. */
function bodyOf(
  channelId: string,
  { id: externalId, status, timestamp, errors }: WhatsappStatus,
  callback: ReturnType<typeof readCallback>,
): DeliveryBody | undefined {
  const named = { channelId, externalId, ...(callback === undefined ? {} : { messageId: callback.messageId }) }
  const part = callback === undefined ? {} : { part: callback.part }
  switch (status) {
    case 'sent':
      // Without the callback there is no knowing which message it is, unless that was known before.
      return callback && { status, channelId, externalId, messageId: callback.messageId, part: callback.part }
    case 'delivered':
    case 'read': {
      const at = new Date(Number(timestamp) * 1000).toISOString()
      return { status, ...named, at, ...part }
    }
    case 'failed':
      return { status, ...named, error: whatsappError(errors?.[0]?.code), ...part }
    default:
      return undefined
  }
}
