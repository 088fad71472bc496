import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { parseStream } from '../../schemas/streams.ts'
import type { Triggers } from '../flows/triggers.ts'
import { mayPass } from '../passing.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'

export interface TriggerReaction {
  triggers: Pick<Triggers, 'opened' | 'said' | 'flowsChanged' | 'widgetChanged'>
  /** Whether any flow was ever activated here; else nothing can be started. */
  there: { readonly are: boolean }
  /** A conversation may be assigned now, as far as flows are concerned. */
  settled: (workspaceId: string) => void
  logger: Logger
}

/** What fails otherwise than because something is away is tried so often, lest it hold up all that comes after. */
const tries = 5

/** Starts flows by themselves, in each conversation in the order in which it happened: its widget's before that of a keyword. */
export function triggerReactions(tools: TriggerReaction, patience: Patience): Reactions {
  const { triggers, there, settled } = tools
  const inOrder = new KeyedQueue()
  const changed = async ({ meta }: Recorded) => triggers.flowsChanged(meta.workspaceId)
  const widgetChanged = async ({ data }: { data: { widgetId: string } }) => triggers.widgetChanged(data.widgetId)
  const opened = async (event: Parameters<Triggers['opened']>[1]) => {
    const { workspaceId } = event.meta
    const id = idOf(event)
    if (there.are) await inOrder.run(id, () => tried(tools, patience, event, () => triggers.opened(id, event)))
    settled(workspaceId)
  }
  return {
    FlowActivated: changed,
    FlowDeactivated: changed,
    FlowDeleted: changed,
    WidgetUpdated: widgetChanged,
    WidgetDeleted: widgetChanged,
    ConversationStarted: opened,
    ConversationReopened: opened,
    ConversationFlowEnded: async ({ meta }) => settled(meta.workspaceId),
    async MessageSent(event) {
      const { senderType, occurredAt } = event.data
      if (!there.are || senderType !== 'visitor' || occurredAt !== undefined) return
      const id = idOf(event)
      await inOrder.run(id, () => tried(tools, patience, event, () => triggers.said(id, event)))
    },
  }
}

async function tried(
  { logger }: TriggerReaction,
  patience: Patience,
  { id, stream, type }: Recorded,
  start: () => Promise<void>,
): Promise<void> {
  let wrong = 0
  await patiently(async () => {
    try {
      await start()
    } catch (error) {
      if (!mayPass(error)) wrong += 1
      if (wrong < tries) throw error
      logger.error({ error, id, stream, type }, 'what may start a flow could not be looked at, and starts none')
    }
  }, patience)
}

const idOf = ({ stream }: Recorded) => parseStream(stream)?.id ?? ''
