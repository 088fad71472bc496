import { parseStream } from '../../schemas/streams.ts'
import { isPushed, lifetimeMs } from '../domain/push/notification.ts'
import { type Patience, patiently } from '../patience.ts'
import type { ContactDevices } from '../push/contact-devices.ts'
import { jobIdOf, type PushJob } from '../push/job.ts'
import type { Reactions } from '../reactor.ts'

export interface PushReaction {
  devices: Pick<ContactDevices, 'of' | 'changed'>
  /** Queues a push, once for each id, however often it is asked. */
  enqueue: (id: string, job: PushJob) => Promise<void>
  now: () => number
}

/**
 * Each message to an end user who has devices is queued for each of them. Whether he is connected is asked when it is sent. What is
 * imported happened elsewhere, and what has become old is not worth a push.
 */
export function pushReactions({ devices, enqueue, now }: PushReaction, patience: Patience): Reactions {
  const changed = async ({ data }: { data: { contactId: string } }) => devices.changed(data.contactId)
  return {
    DeviceRegistered: changed,
    DeviceDropped: changed,
    ContactErased: changed,
    async MessageSent({ id, stream, revision, data, meta }) {
      const { workspaceId, at, key: contactId } = meta
      if (!isPushed(data.senderType) || data.occurredAt !== undefined || contactId === undefined) return
      if (now() - Date.parse(at) > lifetimeMs) return
      const conversationId = parseStream(stream)?.id ?? ''
      await patiently(async () => {
        for (const { id: deviceId, platform } of await devices.of(contactId, workspaceId)) {
          const job = { workspaceId, contactId, conversationId, revision, deviceId, platform, at }
          await enqueue(jobIdOf(id, deviceId), job)
        }
      }, patience)
    },
  }
}
