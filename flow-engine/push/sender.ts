import type { InternalChannel } from '../../schemas/channel/resource.ts'
import type { ContactDevice } from '../../schemas/contact/device.ts'
import type { Notification } from '../domain/push/notification.ts'
import type { Verdict } from '../domain/push/verdict.ts'

export type MobileChannel = Extract<InternalChannel, { type: 'mobile_sdk' }>

/** A notification on its way to one device. */
export interface Push {
  /** A UUID, the same at each try. */
  id: string
  notification: Notification
  device: ContactDevice
  channel: MobileChannel
}

/** A verdict, and where the other side said so, how long to wait before the next try. */
export type Outcome = Verdict & { retryAfterMs?: number }

/**
 * Carries pushes to Google or to Apple. Answers what became of it, whatever that is; undefined where the channel has no credentials for
 * it. Neither the credentials nor the token stand in what it answers.
 */
export interface Sender {
  send(push: Push): Promise<Outcome | undefined>
  close(): void
}

/** How long the other side may take for an answer, in milliseconds. */
export const patienceMs = 10_000

/** What could not even be asked. Of the error only a code is told: its message may quote a header. */
export function unreached(service: string, error: unknown): Outcome {
  return { kind: 'retry', why: `${service} cannot be reached${codeOf(error)}` }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (error.cause instanceof Error) return codeOf(error.cause)
  return `: ${'code' in error && typeof error.code === 'string' ? error.code : error.name}`
}
