import Type, { type Static } from 'typebox'
import type { NewJob } from '../../infra/runtime/jobs/queue.ts'
import { Id } from '../../schemas/fields.ts'
import { checkOf } from '../../schemas/validator.ts'

/** Name of the queue in Redis. */
export const queueName = 'flow-steps'

/**
 * Have a look at a run. What is to be done stands in the log: a job that comes twice, too late or for nothing does no harm, and nothing
 * of a person is in it.
 */
export const FlowJob = Type.Object({
  runId: Id,
  /** Where it begins, should it not have begun. */
  conversationId: Type.Optional(Id),
  /** act: do the effect of the step, if one is due; look: see whether somebody has answered, taken over, or time has passed. */
  kind: Type.Enum(['act', 'look']),
})
export type FlowJob = Static<typeof FlowJob>

export const checkFlowJob = checkOf(FlowJob)

/** Runs that are looked at because Redis lost its jobs, or somebody thinks that they are stuck, wait for those that go on. */
const later = 10

/** A flow was started in a conversation. */
export const startJob = (runId: string, conversationId: string): NewJob => ({
  id: `${runId}_s`,
  data: { runId, conversationId, kind: 'act' },
})

/** A run has come to its next step. */
export const stepJob = (runId: string, step: number): NewJob => ({
  id: `${runId}_${step}`,
  data: { runId, kind: 'act' },
})

export const timerId = (runId: string, step: number) => `${runId}_${step}_t`

/** At this time something is due, if nobody has answered. */
export const timerJob = (runId: string, step: number, until: string, now: number): NewJob => ({
  id: timerId(runId, step),
  data: { runId, kind: 'look' },
  delayMs: Math.max(0, Date.parse(until) - now),
})

/** Something has happened in the conversation of a run. */
export const newsJob = (runId: string, revision: number): NewJob => ({
  id: `${runId}_r${revision}`,
  data: { runId, kind: 'look' },
})

/** The run has ended; its conversation should have been told by then. */
export const endJob = (runId: string): NewJob => ({
  id: `${runId}_e`,
  data: { runId, kind: 'look' },
  delayMs: 1000,
})

/** Whatever is due there, be it now or at a time: one of a kind waits for each run, however often it is asked for. */
export const anewJob = (runId: string, conversationId: string, why: 'again' | 'sweep' | 'retry'): NewJob => ({
  id: `${runId}_${why}`,
  data: { runId, conversationId, kind: 'act' },
  priority: later,
  forget: true,
})
