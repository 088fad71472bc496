import type { Notification } from './notification.ts'
import { byStatus, plainReason, sent, type Verdict } from './verdict.ts'

/** Body of `projects/{project}/messages:send` (FCM HTTP v1). The tag lets a push that comes twice be shown once. */
export function fcmMessage(
  { title, body, conversationId, messageId }: Notification,
  token: string,
  ttlSeconds: number,
) {
  return {
    message: {
      token,
      notification: { title, body },
      data: { conversation_id: conversationId, message_id: messageId },
      android: { priority: 'HIGH', ttl: `${ttlSeconds}s`, notification: { tag: messageId } },
    },
  }
}

/** Body of `/fcm/send`, the API of before 2024, which servers beside Google's still offer. */
export function legacyMessage(
  { title, body, conversationId, messageId }: Notification,
  token: string,
  ttlSeconds: number,
) {
  return {
    to: token,
    priority: 'high',
    time_to_live: ttlSeconds,
    notification: { title, body, tag: messageId },
    data: { conversation_id: conversationId, message_id: messageId },
  }
}

/** What FCM says of a message that it does not take. */
export interface FcmRefusal {
  code?: string | undefined
  message?: string | undefined
  /** Fields of the message that it objects to. */
  fields: readonly string[]
}

/** Source: "FCM ErrorCode" of Google's reference. INVALID_ARGUMENT may mean any part: only what is said of the token condemns it. */
export function fcmVerdict(status: number, { code, message = '', fields }: FcmRefusal): Verdict {
  if (status === 200) return sent
  const why = `FCM answered ${status}${plainReason(code)}`
  const aboutToken = fields.includes('message.token') || /not a valid FCM registration token/.test(message)
  if (code === 'UNREGISTERED' || (code === 'INVALID_ARGUMENT' && aboutToken)) return { kind: 'dead-token', why }
  return status === 401 ? { kind: 'retry', why, stale: true } : byStatus(status, why)
}

const legacyDead = ['NotRegistered', 'InvalidRegistration', 'MissingRegistration']
const legacyPassing = ['Unavailable', 'InternalServerError', 'DeviceMessageRateExceeded']

/** `results`: of the answer, where it has any. Its status is 200 also when the push was not taken. */
export function legacyVerdict(status: number, results: readonly { error?: string | undefined }[] | undefined): Verdict {
  const what = "FCM's legacy API answered"
  if (status !== 200) return byStatus(status, `${what} ${status}`)
  const [result] = results ?? []
  if (result === undefined) return { kind: 'give-up', why: `${what} without results` }
  if (result.error === undefined) return sent
  const why = `${what}${plainReason(result.error)}`
  if (legacyDead.includes(result.error)) return { kind: 'dead-token', why }
  return legacyPassing.includes(result.error) ? { kind: 'retry', why } : { kind: 'give-up', why }
}
