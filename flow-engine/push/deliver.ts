import { v5 as uuidV5 } from 'uuid'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { JobData } from '../../infra/runtime/jobs/queue.ts'
import { JobFailure } from '../../infra/runtime/jobs/worker.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { InternalChannel } from '../../schemas/channel/resource.ts'
import type { ContactDevice } from '../../schemas/contact/device.ts'
import type { DevicePlatform } from '../../schemas/contact/events.ts'
import type { ConversationEvent } from '../../schemas/conversation/events.ts'
import type { Recorded, RecordedEach } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import { hiddenWords, lifetimeMs, type Notification, wordsOf } from '../domain/push/notification.ts'
import type { Attendance } from './attendance.ts'
import { checkPushJob, type PushJob } from './job.ts'
import type { PushMeters } from './meters.ts'
import type { Names } from './names.ts'
import type { MobileChannel, Outcome, Push, Sender } from './sender.ts'

export interface DeliverTools {
  log: Pick<EventLog, 'readStream'>
  logger: Logger
  meters: PushMeters
  names: Pick<Names, 'agent' | 'workspace'>
  attendance: Pick<Attendance, 'isHere'>
  /** GET /internal/contacts/{id}/devices */
  devices: ServiceCall<{ data: ContactDevice[] }>
  /** DELETE /internal/contacts/{id}/devices/{deviceId} */
  dropDevice: ServiceCall<unknown>
  /** GET /internal/channels/{id} */
  channel: ServiceCall<InternalChannel>
  senders: Readonly<Record<DevicePlatform, Sender>>
  now: () => number
}

/** Why there is nothing to send. */
type Reason = 'too-late' | 'no-message' | 'no-device' | 'connected' | 'no-channel' | 'not-set-up'

/**
 * Sends one message to one device, if its end user is not connected. Throws a JobFailure when it should be tried again or cannot be
 * sent; what is thrown names neither secrets nor words nor tokens.
 */
export function createDeliver(tools: DeliverTools): (id: string, data: JobData) => Promise<void> {
  return async (id, data) => {
    const job = checkPushJob(data)
    if (!job.ok) throw new JobFailure('This is no job for a push.', { final: true })
    try {
      const push = await prepare(tools, id, job.value)
      if (typeof push === 'string') tools.meters.skipped.inc({ why: push })
      else await conclude(tools, job.value, await tools.senders[push.device.platform].send(push))
    } catch (error) {
      if (error instanceof JobFailure) throw error
      tools.logger.warn({ error, id }, 'a push could not be prepared')
      throw new JobFailure(error instanceof Rejection ? error.message : 'It could not be prepared; the log says why.')
    }
  }
}

/** The words are read before the device: one that is there then is not of somebody who was erased before. */
async function prepare(tools: DeliverTools, id: string, job: PushJob): Promise<Push | Reason> {
  const { workspaceId, contactId, conversationId, deviceId } = job
  if (tools.now() - Date.parse(job.at) > lifetimeMs) return 'too-late'
  const message = await messageOf(tools, job)
  if (message === undefined) return 'no-message'
  const caller = { kind: 'system', id: 'flow-engine', workspaceId } as const
  const { body } = await tools.devices({ caller, params: { id: contactId } })
  const device = body.data.find((one) => one.id === deviceId)
  if (device === undefined) return 'no-device'
  const channel = await channelOf(tools, device.channelId, workspaceId)
  if (channel === undefined) return 'no-channel'
  const notification = await notificationOf(tools, job, message, channel)
  if (await tools.attendance.isHere({ workspaceId, conversationId })) return 'connected'
  return { id: uuidV5(id, deviceId), notification, device, channel }
}

type Message = RecordedEach<Extract<ConversationEvent, { type: 'MessageSent' }>>
const isMessage = (event: Recorded): event is Message => event.type === 'MessageSent'

async function messageOf({ log }: DeliverTools, { conversationId, revision }: PushJob): Promise<Message | undefined> {
  for await (const event of log.readStream(streamOf('conversation', conversationId), { from: revision, max: 1 })) {
    return isMessage(event) ? event : undefined
  }
  return undefined
}

/** Undefined where there is none that sends pushes any more. */
async function channelOf(tools: DeliverTools, id: string, workspaceId: string): Promise<MobileChannel | undefined> {
  const caller = { kind: 'system', id: 'flow-engine', workspaceId } as const
  try {
    const { body } = await tools.channel({ caller, params: { id } })
    return body.type === 'mobile_sdk' && body.status === 'there' && body.active ? body : undefined
  } catch (error) {
    if (error instanceof Rejection && error.code === 'not-found') return undefined
    throw error
  }
}

async function notificationOf(
  { names }: DeliverTools,
  { workspaceId, conversationId, at }: PushJob,
  { data: { messageId, senderType, senderId, content, contentType } }: Message,
  { config }: MobileChannel,
): Promise<Notification> {
  const hidden = config.pushContent === 'hidden'
  const sender = senderType === 'agent' && !hidden ? await names.agent(senderId) : undefined
  return {
    title: sender ?? (await names.workspace(workspaceId)),
    body: hidden ? hiddenWords : wordsOf({ content, contentType }),
    conversationId,
    messageId,
    expiresAt: Math.floor((Date.parse(at) + lifetimeMs) / 1000),
  }
}

async function conclude(
  { meters, logger, dropDevice, now }: DeliverTools,
  { workspaceId, contactId, deviceId, platform, at }: PushJob,
  outcome: Outcome | undefined,
): Promise<void> {
  switch (outcome?.kind) {
    case undefined:
      meters.skipped.inc({ why: 'not-set-up' satisfies Reason })
      return
    case 'sent':
      meters.sent.inc({ platform })
      meters.age.observe((now() - Date.parse(at)) / 1000)
      return
    case 'dead-token': {
      const caller = { kind: 'system', id: 'flow-engine', workspaceId } as const
      await dropDevice({ caller, params: { id: contactId, deviceId } })
      meters.dropped.inc({ platform })
      logger.info({ contactId, deviceId, platform, why: outcome.why }, 'dropped a device that takes no pushes any more')
      return
    }
    case 'retry':
      throw new JobFailure(outcome.why, { notBeforeMs: outcome.retryAfterMs ?? 0 })
    case 'give-up':
      throw new JobFailure(outcome.why, { final: true })
  }
}
