import type { Config } from '../../infra/runtime/config.ts'
import type { LogPosition } from '../../schemas/envelope.ts'
import { type Checkpoints, keepSaved } from '../checkpoint.ts'
import { patiently, together } from '../patience.ts'
import { Progress } from '../progress.ts'
import { whatsappReactions } from '../reactions/whatsapp.ts'
import { type FollowOptions, follow } from '../reactor.ts'
import { createCloud } from './cloud.ts'
import { WhatsappConversations } from './conversations.ts'
import { createDeliver, type DeliverTools, recordFailure } from './deliver.ts'
import { Dispatch } from './dispatch.ts'
import type { WhatsappMeters } from './meters.ts'
import type { Outbox } from './outbox.ts'

export interface WhatsappOptions extends Omit<DeliverTools, 'cloud' | 'log'>, Pick<FollowOptions, 'log' | 'logger'> {
  config: Config
  checkpoints: Checkpoints
  outbox: Outbox
  meters: WhatsappMeters
  /** Where the log ended when this process took over. */
  head: LogPosition | undefined
}

const checkpoint = 'whatsapp'

/** Queues and sends messages to WhatsApp until the signal aborts. What was said before the first start is history, and sent to nobody. */
export async function whatsapp(options: WhatsappOptions): Promise<void> {
  const { config, log, logger, checkpoints, outbox, meters, head, patience } = options
  await patiently(() => outbox.create(), patience)
  await patiently(() => outbox.sweep(), patience)
  const after = await patiently(() => checkpoints.load(checkpoint), patience)
  if (after === undefined && head !== undefined) await patiently(() => checkpoints.save(checkpoint, head), patience)
  const progress = new Progress(after ?? head)
  meters.countWith(() => outbox.counts())
  try {
    await together(patience.signal, (signal) => {
      const own = { ...patience, signal }
      const tools = { ...options, patience: own, cloud: createCloud(config.whatsappUrl) }
      const dispatch = new Dispatch({
        ...{ outbox, meters, logger, patience: own },
        attempts: config.whatsappAttempts,
        retryMs: config.whatsappRetryMs,
        deliver: createDeliver(tools),
        recordFailure: (item, error) => recordFailure(tools, item, error),
      })
      const add: Outbox['add'] = async (item) => {
        await outbox.add(item)
        meters.queued.inc()
        dispatch.wake()
      }
      const reactions = whatsappReactions({ conversations: new WhatsappConversations(log), add }, own)
      return [
        follow({ log, logger, nouns: ['conversation'], reactions, progress, signal }),
        keepSaved(checkpoints, { name: checkpoint, progress, logger, signal }),
        dispatch.run(),
      ]
    })
  } finally {
    meters.countWith(undefined)
  }
}
