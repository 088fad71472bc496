import { formatPosition, type Recorded } from '../../../schemas/envelope.ts'
import { eventTime } from '../../../schemas/event-time.ts'
import { webhookEventName } from '../../../schemas/webhook/event-names.ts'

/** What is sent to a webhook (docs/webhooks.md): an event as the log has it now, with `[erased]` where words were. */
export function payloadOf(deliveryId: string, event: Recorded) {
  const { stream, type, data, meta, position, revision } = event
  return {
    id: deliveryId,
    event: webhookEventName(type) ?? type,
    occurredAt: eventTime({ data: dated(data), meta }),
    workspaceId: meta.workspaceId,
    conversationId: conversationIn(stream),
    position: formatPosition(position),
    revision,
    data,
    actor: { kind: meta.actor.kind, id: meta.actor.id },
  }
}

/** The conversation that a stream is of, if it is of one. */
export function conversationIn(stream: string): string | null {
  const noun = 'conversation-'
  return stream.startsWith(noun) ? stream.slice(noun.length) : null
}

function dated(data: unknown): { occurredAt?: string } {
  if (typeof data !== 'object' || data === null || !('occurredAt' in data)) return {}
  return typeof data.occurredAt === 'string' ? { occurredAt: data.occurredAt } : {}
}
