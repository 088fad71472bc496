import { buffer } from 'node:stream/consumers'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { serviceDownload } from '../../infra/runtime/http/service-files.ts'
import { callbackOf } from '../../infra/runtime/whatsapp/callback.ts'
import type { InternalChannel } from '../../schemas/channel/resource.ts'
import type { DeliveryBody, DeliveryError } from '../../schemas/conversation/delivery.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { fileBody, type Part } from '../domain/whatsapp/outgoing.ts'
import { type Patience, patiently } from '../patience.ts'
import { type Cloud, giveUp, type Outcome, type WhatsappChannel } from './cloud.ts'
import { readLetter } from './letter.ts'
import type { Item } from './outbox.ts'

export interface DeliverTools {
  log: Pick<EventLog, 'readStream'>
  cloud: Cloud
  /** GET /internal/channels/{id} */
  channel: ServiceCall<InternalChannel>
  /** POST /internal/conversations/{id}/deliveries */
  record: ServiceCall<unknown>
  /** GET /api/conversations/{id}/files/{fileId} */
  download: ReturnType<typeof serviceDownload>
  patience: Patience
}

/** What became of a message: `sent` also where there was nothing to send. */
export type Delivered = { kind: 'sent'; parts: number } | Exclude<Outcome, { kind: 'taken' }>

/** Sends what WhatsApp has not taken yet of a message, part by part, and records each as soon as it is taken. */
export function createDeliver(tools: DeliverTools) {
  const { log, cloud } = tools

  const carry = async (
    item: Item,
    channel: WhatsappChannel,
    to: string,
    part: Part,
    number: number,
    at: LogPosition,
  ) => {
    const body = await bodyOf(item, channel, part, at)
    if (body.kind !== 'body') return body
    const { conversationId, messageId } = item
    return cloud.send(channel, {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to,
      ...body.body,
      biz_opaque_callback_data: callbackOf({ conversationId, messageId, part: number }),
    })
  }

  const bodyOf = async (item: Item, channel: WhatsappChannel, part: Part, waitFor: LogPosition) => {
    if (part.kind === 'body') return part
    const params = { id: item.conversationId, fileId: part.file.id }
    const bytes = await buffer(await tools.download({ caller: callerFor(item), params, waitFor }, undefined))
    const uploaded = await cloud.upload(channel, part.file, bytes)
    if (uploaded.kind !== 'taken') return uploaded
    return { kind: 'body', body: fileBody(part.file, uploaded.id, part.caption) } as const
  }

  return async (item: Item): Promise<Delivered> => {
    const letter = await readLetter(log, item)
    if (letter === undefined) return { kind: 'sent', parts: 0 }
    const channel = await channelFor(tools, item)
    if ('kind' in channel) return channel
    const { to, parts, taken, position } = letter
    if (to === undefined) return giveUp('no-number', 'The contact has no telephone number.')
    for (const [index, part] of parts.entries()) {
      const number = index + 1
      if (taken.has(number)) continue
      const outcome = await carry(item, channel, to, part, number, position)
      if (outcome.kind !== 'taken') return outcome
      // From the answer to here a crash would have it sent again; nothing else comes between.
      const heard = await recordSafely(tools, item, { status: 'sent', externalId: outcome.id, part: number })
      if (!heard) return { kind: 'sent', parts: number }
    }
    return { kind: 'sent', parts: parts.length }
  }
}

/** Tells agents that a message did not arrive. */
export async function recordFailure(tools: DeliverTools, item: Item, error: DeliveryError): Promise<void> {
  await recordSafely(tools, item, { status: 'failed', error })
}

type News =
  | Pick<Extract<DeliveryBody, { status: 'sent' }>, 'status' | 'externalId' | 'part'>
  | { status: 'failed'; error: DeliveryError }

/** However long that takes. False where there is nobody any more whom it could be recorded of. */
async function recordSafely({ record, patience }: DeliverTools, item: Item, news: News): Promise<boolean> {
  const { channelId, messageId, conversationId: id } = item
  const body = { ...news, channelId, messageId }
  const attempt = async () => {
    try {
      await record({ caller: callerFor(item), params: { id }, body })
      return true
    } catch (error) {
      if (error instanceof Rejection && (error.code === 'not-found' || error.code === 'contact-erased')) return false
      throw error
    }
  }
  // Once at least, also by a process that is being stopped: what is not recorded is sent again.
  return attempt().catch(() => patiently(attempt, patience))
}

async function channelFor(
  { channel }: DeliverTools,
  item: Item,
): Promise<WhatsappChannel | Exclude<Outcome, { kind: 'taken' }>> {
  try {
    const { body } = await channel({ caller: callerFor(item), params: { id: item.channelId } })
    if (body.type === 'whatsapp' && body.status === 'there' && body.active) return body
  } catch (error) {
    if (!(error instanceof Rejection && error.code === 'not-found')) throw error
  }
  return giveUp('channel-inactive', 'The channel is switched off, or was deleted.')
}

const callerFor = ({ workspaceId }: Item) => ({ kind: 'system', id: 'flow-engine', workspaceId }) as const
