import Type, { type Static } from 'typebox'
import { DevicePlatform } from '../../schemas/contact/events.ts'
import { Id, Time } from '../../schemas/fields.ts'
import { checkOf } from '../../schemas/validator.ts'

/** Name of the queue in Redis. */
export const queueName = 'push'

/** One message for one device. Nothing of a person is in it: words and token are read when it is sent, and gone when he is erased. */
export const PushJob = Type.Object({
  workspaceId: Id,
  contactId: Id,
  conversationId: Id,
  /** Of the message in the stream of its conversation. */
  revision: Type.Integer({ minimum: 0 }),
  deviceId: Id,
  platform: DevicePlatform,
  /** When the message was sent. */
  at: Time,
})
export type PushJob = Static<typeof PushJob>

export const checkPushJob = checkOf(PushJob)

/** The same whenever the event comes again, so that it is queued once. */
export function jobIdOf(eventId: string, deviceId: string): string {
  return `${eventId}-${deviceId}`
}
