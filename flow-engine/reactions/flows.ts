import type { NewJob } from '../../infra/runtime/jobs/queue.ts'
import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { parseStream } from '../../schemas/streams.ts'
import { endJob, newsJob, startJob } from '../flows/job.ts'
import type { Known } from '../flows/known.ts'
import type { Triggers } from '../flows/triggers.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'

export interface FlowReaction {
  triggers: Pick<Triggers, 'opened' | 'said' | 'flowsChanged' | 'widgetChanged'>
  /** Which run answers in a conversation; what the log shows is remembered here. */
  running: Pick<Known<{ runId: string | null }>, 'of' | 'at' | 'is'>
  /** The same for a conversation of which nothing is remembered: as it was at a revision. */
  runningIn: (stream: string, revision: number) => Promise<{ runId: string | null }>
  /** Queues a job, once for each id. */
  add: (job: NewJob) => Promise<void>
  /** Whether any flow was ever activated here, or is now; else there is nothing to do. */
  there: { are: boolean; now: (position: Recorded['position']) => Promise<void> }
  /** A conversation may be assigned now, as far as flows are concerned. */
  settled: (workspaceId: string) => void
}

/**
 * Whatever moves a run that no run has done itself: its start, what the visitor says, an agent who takes over; and what starts one. The
 * steps themselves follow each other in the queue.
 */
export function flowReactions(tools: FlowReaction, patience: Patience): Reactions {
  const { triggers, running, there, settled, add } = tools
  /** What starts flows does so in the order in which it happened: the widget's flow before that of a keyword. */
  const inOrder = new KeyedQueue()
  const due = (work: () => Promise<unknown>) => patiently(work, patience)

  /** Has something done with the run that answered when it happened, which need not be the one that answers when its turn comes. */
  const withRun = (
    { stream, revision }: Recorded,
    work: (id: string, runId: string | null) => Promise<unknown>,
    turns: Pick<KeyedQueue, 'run'> = atOnce,
  ) => {
    const id = idOf(stream)
    const then = running.at(id)
    return turns.run(id, () =>
      due(async () => {
        const { runId } = then ?? (await running.of(id, () => tools.runningIn(stream, revision)))
        await work(id, runId)
      }),
    )
  }
  const tell = async (event: Recorded) => {
    if (!there.are) return
    await withRun(event, async (_, runId) => {
      if (runId !== null) await add(newsJob(runId, event.revision))
    })
  }
  const changed = async ({ meta, position }: Recorded) => {
    triggers.flowsChanged(meta.workspaceId)
    if (!there.are) await due(() => there.now(position))
  }
  const widgetChanged = async ({ data }: { data: { widgetId: string } }) => triggers.widgetChanged(data.widgetId)
  const opened = (event: Parameters<Triggers['opened']>[1], first: boolean): Promise<unknown> => {
    const conversationId = idOf(event.stream)
    if (first) running.is(conversationId, { runId: null })
    if (!there.are) return Promise.resolve(settled(event.meta.workspaceId))
    return inOrder
      .run(conversationId, () => due(() => triggers.opened(conversationId, event)))
      .finally(() => settled(event.meta.workspaceId))
  }

  return {
    FlowActivated: changed,
    FlowDeactivated: changed,
    FlowDeleted: changed,
    WidgetUpdated: widgetChanged,
    WidgetDeleted: widgetChanged,
    ConversationStarted: (event) => opened(event, true),
    ConversationReopened: (event) => opened(event, false),
    async ConversationFlowStarted({ stream, data: { runId }, position }) {
      running.is(idOf(stream), { runId })
      await due(async () => {
        if (!there.are) await there.now(position)
        await add(startJob(runId, idOf(stream)))
      })
    },
    async ConversationFlowEnded({ stream, meta }) {
      running.is(idOf(stream), { runId: null })
      settled(meta.workspaceId)
    },
    async FlowRunEnded({ data: { runId } }) {
      if (there.are) await due(() => add(endJob(runId)))
    },
    async MessageSent(event) {
      const { senderType, occurredAt, content } = event.data
      if (!there.are || occurredAt !== undefined) return
      if (senderType === 'agent') return tell(event)
      if (senderType !== 'visitor') return
      const heard = (id: string, runId: string | null) =>
        runId === null ? triggers.said(id, content, event) : add(newsJob(runId, event.revision))
      await withRun(event, heard, inOrder)
    },
    ConversationAssigned: tell,
    ConversationClosed: tell,
    ConversationErased: tell,
  }
}

const atOnce = { run: <T>(_: string, work: () => Promise<T>) => work() }
const idOf = (stream: string) => parseStream(stream)?.id ?? ''
