import type { RecordDelivery } from '../../../schemas/conversation/commands.ts'
import type { DeliveryStatus } from '../../../schemas/conversation/delivery.ts'
import type { ConversationEvent } from '../../../schemas/conversation/events.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { MessageFacts, Started } from './conversation.ts'
import { read } from './read.ts'

/** A status only rises; what failed stays so, until the channel takes the message after all. */
const rank: Readonly<Record<DeliveryStatus, number>> = { sent: 1, delivered: 2, read: 3, failed: 4 }

/**
 * What a channel says of a message that it carries: twice, late, or in another order than it happened. What is said of a part that we do
 * not know to have been taken tells that it was. Who has read it there has read it.
 */
export function recordDelivery(state: Started, command: RecordDelivery): ConversationEvent[] {
  const [messageId, message] = messageNamed(state, command)
  const { delivery } = message
  const { externalId, part = 1, happened } = command
  const isNews = externalId !== undefined && !isKnown(message, part, externalId)
  const taken: ConversationEvent[] = isNews
    ? [{ type: 'MessageRelayed', data: { messageId, channel: channelOf(state), externalId, part } }]
    : []
  if (happened.status === 'sent') return taken
  const before = isNews ? 'sent' : delivery?.status
  if (happened.status === 'failed') {
    if (before === 'failed') return taken
    const { code, why } = happened.error
    return [...taken, { type: 'MessageUndeliverable', data: { messageId, code, why } }]
  }
  if (before !== undefined && rank[before] >= rank[happened.status]) return taken
  const { status, at } = happened
  const delivered: ConversationEvent = { type: 'MessageDelivered', data: { messageId, status, at } }
  return [...taken, delivered, ...(status === 'read' ? readByVisitor(state, messageId) : [])]
}

function readByVisitor(state: Started, messageId: string): ConversationEvent[] {
  return read(state, { type: 'ReadMessages', messageIds: [messageId], side: 'visitor', readerId: state.visitorId })
}

/** Only what went out by a channel: nobody delivers what the visitor said. */
function messageNamed(state: Started, { messageId, externalId }: RecordDelivery): [string, MessageFacts] {
  const named = messageId === undefined ? undefined : state.messages.get(messageId)
  if (messageId !== undefined && named !== undefined && !named.fromVisitor) return [messageId, named]
  if (messageId === undefined && externalId !== undefined) {
    for (const entry of [...state.messages].reverse()) {
      if ([...(entry[1].delivery?.parts.values() ?? [])].includes(externalId)) return entry
    }
  }
  throw new Rejection('not-found', 'There is no such message that a channel carries.')
}

/** After a refusal the part may be taken under another name; before one, two names are one message that went out twice. */
function isKnown({ delivery }: MessageFacts, part: number, externalId: string): boolean {
  if (delivery === null) return false
  if ([...delivery.parts.values()].includes(externalId)) return true
  return delivery.parts.has(part) && delivery.status !== 'failed'
}

function channelOf({ channel }: Started): 'whatsapp' {
  if (channel === 'whatsapp') return channel
  throw new Rejection('conflict', `A conversation of the channel ${channel} has no deliveries.`)
}
