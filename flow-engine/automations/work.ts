import { LRUCache } from 'lru-cache'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import type { JobData } from '../../infra/runtime/jobs/queue.ts'
import { JobFailure, JobLater, type Try } from '../../infra/runtime/jobs/worker.ts'
import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { AutomationFacts } from '../../schemas/automation/events.ts'
import type { ActionResult } from '../../schemas/automation/occasion.ts'
import { Rejection } from '../../schemas/rejection.ts'
import type { Actions } from '../actions/actions.ts'
import { callerFor } from '../actions/ask.ts'
import type { FactsOf } from '../facts.ts'
import { mayPass } from '../passing.ts'
import { act, type Doing } from './act.ts'
import { type AutomationJob, checkAutomationJob, occasionIdOf } from './job.ts'
import { factsFor } from './judge.ts'
import type { AutomationMeters } from './meters.ts'
import { eventOf, ruleIn, runIn } from './runs.ts'

export interface WorkTools {
  log: Pick<EventLog, 'readStream'>
  logger: Logger
  meters: AutomationMeters
  factsOf: FactsOf
  actions: Actions
  /** POST /internal/automation-occasions/{id}/runs/{runId}/finish */
  finish: ServiceCall<unknown>
  /** Told of each run that has come to its end. */
  ended: (runId: string) => void
  /** How often a webhook is tried. */
  attempts: number
  now: () => number
}

/**
 * Does a run that fired: its actions as the rule had them then, and tells what became of them. That is recorded once, and each action has
 * a key of its own, so that any number of tries, in any number of processes, is one run.
 */
export function createWork(tools: WorkTools): (id: string, data: JobData, tried: Try) => Promise<void> {
  /** What has been done of runs that are tried again, so that a webhook which answered is not called again for the sake of the next. */
  const begun = new LRUCache<string, ActionResult[]>({ max: 5000 })
  /** A run whose job Redis had lost may come again while it is being done. */
  const oneByOne = new KeyedQueue()
  /** By id and revision: what a rule was then, it was for ever. */
  const rules = new LRUCache<string, AutomationFacts>({ max: 200 })
  const ruleAt = async (id: string, revision: number): Promise<AutomationFacts> => {
    const name = `${id} ${revision}`
    const known = rules.get(name) ?? (await ruleIn(tools.log, id, revision))?.facts
    if (known === undefined) throw new Error(`There was no automation ${id} at revision ${revision}`)
    rules.set(name, known)
    return known
  }

  return async (runId, data, tried) => {
    const job = checkAutomationJob(data)
    if (!job.ok) throw new JobFailure('This is no job of an automation.', { final: true })
    const done = begun.get(runId) ?? []
    begun.set(runId, done)
    try {
      const trying = { done, webhookEnds: tried.number >= tools.attempts, ends: tried.isLast }
      await oneByOne.run(runId, () => run({ ...tools, ruleAt }, runId, job.value, trying))
      begun.delete(runId)
      tools.ended(runId)
    } catch (error) {
      throw failureOf(tools, runId, error)
    }
  }
}

type Trying = Pick<Doing, 'done' | 'webhookEnds' | 'ends'>

type RunTools = WorkTools & { ruleAt: (id: string, revision: number) => Promise<AutomationFacts> }

async function run(tools: RunTools, runId: string, job: AutomationJob, trying: Trying): Promise<void> {
  const { log, logger, meters, now, actions, finish, ruleAt } = tools
  const { done } = trying
  const { workspaceId, conversationId, automationId } = job
  const recorded = await runIn(log, job)
  if (recorded === undefined) throw new JobFailure('Nobody has judged this.', { final: true })
  if (recorded.state !== 'fired') return
  const [event, rule] = await Promise.all([eventOf(log, job), ruleAt(automationId, recorded.revision)])
  const { facts } = await factsFor(tools.factsOf, job, event)
  const cause = { bot: automationId, eventId: event.id, depth: (event.meta.depth ?? 0) + 1 }
  const acting = { workspaceId, conversationId, cause }
  await act(rule.actions, { actions, runId, acting, facts, logger, ...trying })
  const params = { id: occasionIdOf(job), runId }
  await finish({ caller: callerFor(workspaceId), params, body: { actions: done } })
  meters.runs.inc({ outcome: done.every(({ outcome }) => outcome === 'done') ? 'done' : 'refused' })
  meters.latency.observe((now() - Date.parse(event.meta.at)) / 1000)
}

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
