import type { JobData, JobQueue } from '../../infra/runtime/jobs/queue.ts'
import { JobFailure, JobLater, type Try } from '../../infra/runtime/jobs/worker.ts'
import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { Foreign } from '../actions/action.ts'
import type { ActiveRun } from '../domain/run/run.ts'
import { mayPass } from '../passing.ts'
import { type Advanced, type AdvanceTools, advance, type Wanted } from './advance.ts'
import { checkFlowJob, stepJob, timerId, timerJob } from './job.ts'
import type { FlowMeters } from './meters.ts'

export interface WorkTools extends AdvanceTools {
  queue: Pick<JobQueue, 'add' | 'remove'>
  meters: FlowMeters
  logger: Logger
}

/** A chain of steps in one job: who has waited for a turn need not wait for one at each step. */
const inOneGo = 10

/**
 * Does a job: a look at a run, and the steps that follow at once, up to some. A job is done only when the one that goes on is in the
 * queue, so that whoever dies in between leaves one of them behind.
 */
export function createWork(tools: WorkTools): (id: string, data: JobData, tried: Try) => Promise<void> {
  const oneByOne = new KeyedQueue()
  return async (id, data, { isLast }) => {
    const job = checkFlowJob(data)
    if (!job.ok) throw new JobFailure('This is no job of a flow.', { final: true })
    const { runId, conversationId, kind } = job.value
    const look = (wanted: Pick<Wanted, 'run' | 'act' | 'isLast'>) =>
      oneByOne.run(runId, () => advance(tools, { runId, conversationId, ...wanted }))
    try {
      const first = await look({ act: kind === 'act', isLast })
      await forgetTimer(tools, id, runId, first)
      await goOn(tools, id, runId, await chain(tools, id, first, (run) => look({ run, act: true, isLast: false })))
    } catch (error) {
      throw failureOf(tools, id, error)
    }
  }
}

/** A step that fails in it has all its tries in a job of its own. */
async function chain(
  { logger }: WorkTools,
  id: string,
  first: Advanced,
  next: (run: ActiveRun) => Promise<Advanced>,
): Promise<Advanced> {
  let advanced = first
  for (let steps = 1; advanced.kind === 'step' && steps < inOneGo; steps++) {
    try {
      advanced = await next(advanced.run)
    } catch (error) {
      logger.debug({ error, id }, 'a step of a flow goes on in a job of its own')
      break
    }
  }
  return advanced
}

/** What a step waited for has come. */
async function forgetTimer({ queue }: WorkTools, id: string, runId: string, advanced: Advanced): Promise<void> {
  if (advanced.waited === undefined) return
  const timer = timerId(runId, advanced.waited)
  if (id !== timer) await queue.remove(timer)
}

async function goOn({ queue, now }: WorkTools, id: string, runId: string, advanced: Advanced): Promise<void> {
  switch (advanced.kind) {
    case 'step': {
      const { id: next, data } = stepJob(runId, advanced.run.step)
      // It is this one: somebody else has been at it.
      if (id === next) throw new JobLater(earlyMs)
      await queue.add(next, data)
      return
    }
    case 'waits': {
      const { id: timer, data, ...time } = timerJob(runId, advanced.step, advanced.until, now())
      // It is this one: it came too early, by its clock or that of command-api.
      if (id === timer) throw new JobLater(Math.max(time.delayMs ?? 0, earlyMs))
      await queue.add(timer, data, time)
      return
    }
    case 'rests':
      return
    default:
      advanced satisfies never
  }
}

const earlyMs = 250
/** Not all at the same moment, when what was away comes back. */
const awayMs = () => 250 + Math.random() * 750

/** What of ours is away is waited for, however long that takes; what else fails is tried some times, and then left to people. */
function failureOf({ logger, meters }: WorkTools, id: string, error: unknown): Error {
  if (error instanceof JobLater || error instanceof JobFailure) return error
  if (error instanceof Foreign) return new JobFailure(error.message)
  if (mayPass(error)) {
    meters.retries.inc()
    logger.debug({ error, id }, 'a job of a flow is put off')
    return new JobLater(awayMs())
  }
  logger.warn({ error, id }, 'a job of a flow failed')
  return new JobFailure(error instanceof Rejection ? error.code : 'It failed; the log says why.')
}
