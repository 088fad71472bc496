import { LRUCache } from 'lru-cache'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { JobData } from '../../infra/runtime/jobs/queue.ts'
import { JobFailure, JobLater, type Try } from '../../infra/runtime/jobs/worker.ts'
import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { ActionResult } from '../../schemas/automation/commands.ts'
import type { AutomationAction } from '../../schemas/automation/events.ts'
import type { RecordedRun } from '../../schemas/automation/resource.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { streamOf } from '../../schemas/streams.ts'
import type { Actions } from '../actions/actions.ts'
import { callerFor } from '../actions/ask.ts'
import { decide } from '../domain/automations/decide.ts'
import type { FactsOf, Known } from '../facts.ts'
import { mayPass } from '../passing.ts'
import { act, type Doing } from './act.ts'
import { type AutomationJob, checkAutomationJob } from './job.ts'
import type { AutomationMeters } from './meters.ts'
import { ruleIn, runIn } from './runs.ts'

export interface WorkTools {
  log: Pick<EventLog, 'readStream' | 'readLast'>
  logger: Logger
  meters: AutomationMeters
  factsOf: FactsOf
  actions: Actions
  /** POST /internal/automation-runs/{id}/fire, …/skip and …/finish */
  fire: ServiceCall<RecordedRun>
  skip: ServiceCall<RecordedRun>
  finish: ServiceCall<RecordedRun>
  /** Told of each run that has come to its end. */
  ended: (runId: string) => void
  /** How often a webhook is tried. */
  attempts: number
  now: () => number
}

/**
 * Does a run: decides it, does its actions, and tells what became of them. Each of that is recorded once, and each action has a key of
 * its own, so that any number of tries, in any number of processes, is one run.
 */
export function createWork(tools: WorkTools): (id: string, data: JobData, tried: Try) => Promise<void> {
  /** What has been done of runs that are tried again, so that a webhook which answered is not called again for the sake of the next. */
  const begun = new LRUCache<string, ActionResult[]>({ max: 5000 })
  /** A run whose job Redis had lost may come again while it is being done. */
  const oneByOne = new KeyedQueue()

  return async (runId, data, tried) => {
    const job = checkAutomationJob(data)
    if (!job.ok) throw new JobFailure('This is no job of an automation.', { final: true })
    const done = begun.get(runId) ?? []
    begun.set(runId, done)
    try {
      const trying = { done, webhookEnds: tried.number >= tools.attempts, ends: tried.isLast }
      await oneByOne.run(runId, () => run(tools, runId, job.value, trying))
      begun.delete(runId)
      tools.ended(runId)
    } catch (error) {
      throw failureOf(tools, runId, error)
    }
  }
}

type Trying = Pick<Doing, 'done' | 'webhookEnds' | 'ends'>

async function run(tools: WorkTools, runId: string, job: AutomationJob, trying: Trying): Promise<void> {
  const { log, logger, meters, now, actions, finish } = tools
  const { done } = trying
  const { workspaceId, conversationId, automationId } = job
  const before = await runIn(log, runId)
  if (before.status === 'skipped' || before.status === 'finished') return
  const event = await eventOf(tools, job)
  const known = await factsFor(tools, job, event)
  const decided = before.status === 'fired' ? before.actions : await decideRun(tools, runId, job, event, known)
  if (decided === undefined) return
  const cause = { bot: automationId, eventId: event.id, depth: (event.meta.depth ?? 0) + 1 }
  const acting = { workspaceId, conversationId, cause }
  await act(decided, { actions, runId, acting, facts: known.facts, logger, ...trying })
  await finish({ caller: callerFor(workspaceId), params: { id: runId }, body: { actions: done } })
  meters.runs.inc({ outcome: done.every(({ outcome }) => outcome === 'done') ? 'done' : 'refused' })
  meters.latency.observe((now() - Date.parse(event.meta.at)) / 1000)
}

/** The actions that follow; undefined where none do. What was decided before, by whomever, stands. */
async function decideRun(
  { log, logger, meters, fire, skip }: WorkTools,
  runId: string,
  job: AutomationJob,
  event: Recorded,
  known: Known,
): Promise<readonly AutomationAction[] | undefined> {
  const { workspaceId, trigger, automationId, conversationId, eventId } = job
  const rule = await ruleIn(log, automationId)
  const depth = event.meta.depth ?? 0
  const isOver = known.erased || (trigger === 'no_reply' && !isUnanswered(job, known))
  const verdict = decide(rule.status === 'there' ? rule.facts : undefined, {
    trigger,
    depth,
    automatic: known.automatic,
    facts: isOver ? undefined : known.facts,
  })
  const about = { automationId, conversationId, trigger, eventId, depth, conditions: verdict.conditions }
  const wish = { caller: callerFor(workspaceId), params: { id: runId } }
  if (verdict.fires) {
    const { body } = await fire({ ...wish, body: { ...about, actions: verdict.actions } })
    return body.status === 'fired' ? body.actions : undefined
  }
  await skip({ ...wish, body: { ...about, why: verdict.why } })
  meters.runs.inc({ outcome: `skipped-${verdict.why}` })
  if (verdict.why === 'too-deep') {
    meters.tooDeep.inc()
    logger.error(
      { automationId, conversationId, eventId, depth },
      'flows and automations set each other off; this ends it',
    )
  }
  return undefined
}

/** Throws where the event cannot be there: the job was made of it. */
async function eventOf({ log }: WorkTools, { conversationId, revision }: AutomationJob): Promise<Recorded> {
  const stream = streamOf('conversation', conversationId)
  for await (const event of log.readStream(stream, { from: revision, max: 1 })) return event
  throw new Error(`${stream} has no revision ${revision}`)
}

/** What the event saw; of silence, what there is now. */
async function factsFor(
  { factsOf }: WorkTools,
  { conversationId, trigger }: AutomationJob,
  event: Recorded,
): Promise<Known> {
  const known = await factsOf(conversationId, trigger === 'no_reply' ? undefined : event)
  if (known === undefined) throw new Error(`There is no conversation ${conversationId}`)
  return known
}

const isUnanswered = ({ eventId }: AutomationJob, { unansweredId, facts }: Known) =>
  unansweredId === eventId && facts.conversation.status === 'open'

/** Not all at the same moment, when what was away comes back. */
const awayMs = () => 250 + Math.random() * 750

/** What of ours is away is waited for, however long that takes; what else fails is tried some times, and then left to people. */
function failureOf({ logger, meters }: WorkTools, runId: string, error: unknown): Error {
  if (error instanceof JobFailure) return error
  if (mayPass(error)) {
    meters.retries.inc()
    logger.debug({ error, runId }, 'a run of an automation is put off')
    return new JobLater(awayMs())
  }
  logger.warn({ error, runId }, 'a run of an automation failed')
  return new JobFailure(error instanceof Rejection ? error.code : 'It failed; the log says why.')
}
