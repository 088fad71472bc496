import type { Notification } from './notification.ts'
import { byStatus, plainReason, sent, type Verdict } from './verdict.ts'

/** The payload; some 2 KB at most, of the 4 KB that Apple takes. */
export function apnsPayload({ title, body, conversationId, messageId }: Notification) {
  return {
    aps: { alert: { title, body }, sound: 'default', 'thread-id': conversationId },
    conversation_id: conversationId,
    message_id: messageId,
  }
}

/** Lets a push that comes twice be shown once: `collapse-id`. `id` is that of the push. */
export function apnsHeaders({ messageId, expiresAt }: Notification, { id, topic }: { id: string; topic: string }) {
  return {
    'apns-id': id,
    'apns-topic': topic,
    'apns-push-type': 'alert',
    'apns-priority': '10',
    'apns-expiration': String(expiresAt),
    'apns-collapse-id': messageId,
  }
}

/** `reason` as the body says it. Source: "Handling notification responses from APNs". */
export function apnsVerdict(status: number, reason: unknown): Verdict {
  if (status === 200) return sent
  const why = `APNs answered ${status}${plainReason(reason)}`
  if (status === 410 || reason === 'BadDeviceToken') return { kind: 'dead-token', why }
  if (reason === 'ExpiredProviderToken') return { kind: 'retry', why, stale: true }
  return byStatus(status, why)
}
