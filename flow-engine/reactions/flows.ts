import type { NewJob } from '../../infra/runtime/jobs/queue.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { parseStream } from '../../schemas/streams.ts'
import type { Between } from '../flows/between.ts'
import { endJob, newsJob, startJob } from '../flows/job.ts'
import type { Known } from '../flows/known.ts'
import { type Patience, patiently } from '../patience.ts'
import type { Reactions } from '../reactor.ts'

export interface FlowReaction {
  /** Which run answers in a conversation; what the log shows is remembered here. */
  running: Pick<Known<{ runId: string | null }>, 'of' | 'at' | 'is'>
  /** The same for a conversation of which nothing is remembered: as it was at a revision. */
  runningIn: (stream: string, revision: number) => Promise<{ runId: string | null }>
  between: Pick<Between, 'enter' | 'leave'>
  /** Queues a job, once for each id. */
  add: (job: NewJob) => Promise<void>
  /** Whether any flow was ever activated here, or is now; else there is nothing to do. */
  there: { readonly are: boolean; now: (position: Recorded['position']) => Promise<void> }
}

/**
 * Whatever moves a run that no run has done itself: its start, what the visitor says, an agent who takes over. The steps themselves
 * follow each other in the queue.
 */
export function flowReactions(
  { running, runningIn, between, add, there }: FlowReaction,
  patience: Patience,
): Reactions {
  const due = (work: () => Promise<unknown>) => patiently(work, patience)

  /** Tells the run that answered when it happened, which need not be the one that answers when this is done. */
  const tell = async ({ stream, revision }: Recorded) => {
    if (!there.are) return
    const id = idOf(stream)
    const then = running.at(id)
    await due(async () => {
      const { runId } = then ?? (await running.of(id, () => runningIn(stream, revision)))
      if (runId !== null) await add(newsJob(runId, revision))
    })
  }

  return {
    async FlowActivated({ position }) {
      if (!there.are) await due(() => there.now(position))
    },
    async ConversationStarted({ stream }) {
      running.is(idOf(stream), { runId: null })
    },
    async ConversationFlowStarted({ stream, data: { runId }, position, meta: { at } }) {
      const conversationId = idOf(stream)
      running.is(conversationId, { runId })
      between.enter({ id: runId, conversationId, until: null, at })
      await due(async () => {
        if (!there.are) await there.now(position)
        await add(startJob(runId, conversationId))
      })
    },
    async FlowRunStarted({ data: { runId } }) {
      between.leave(runId)
    },
    async ConversationFlowEnded({ stream, data: { runId } }) {
      running.is(idOf(stream), { runId: null })
      between.leave(runId)
    },
    async FlowRunEnded({ data: { runId, conversationId }, meta: { at } }) {
      if (!there.are) return
      between.enter({ id: runId, conversationId, until: null, at })
      await due(() => add(endJob(runId)))
    },
    async MessageSent(event) {
      const { senderType, occurredAt } = event.data
      if (occurredAt === undefined && (senderType === 'agent' || senderType === 'visitor')) await tell(event)
    },
    ConversationAssigned: tell,
    ConversationClosed: tell,
    ConversationErased: tell,
  }
}

const idOf = (stream: string) => parseStream(stream)?.id ?? ''
