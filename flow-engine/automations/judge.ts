import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { ServiceCall } from '../../infra/runtime/http/service-call.ts'
import { KeyedQueue } from '../../infra/runtime/keyed-queue.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import { mostJudged, type RecordedOccasion, type Verdict } from '../../schemas/automation/occasion.ts'
import type { TriggerRule } from '../../schemas/automation/resource.ts'
import type { Recorded } from '../../schemas/envelope.ts'
import { callerFor } from '../actions/ask.ts'
import { decide, maxFired, type Occasion } from '../domain/automations/decide.ts'
import type { FactsOf, Known } from '../facts.ts'
import { createFirings, type Firings, type Since } from './firings.ts'
import { type AutomationJob, occasionIdOf, runIdOf } from './job.ts'
import type { AutomationMeters } from './meters.ts'
import { eventOf } from './runs.ts'

/** A rule as it is judged. */
export type Rule = Pick<TriggerRule, 'trigger' | 'match' | 'conditions' | 'actions' | 'revision'> & { active: boolean }

/** Something that sets rules off. */
export interface Happening extends Omit<AutomationJob, 'automationId'> {
  rules: ReadonlyMap<string, Rule>
  /** Where it is at hand; else it is read. */
  event?: Recorded
}

export interface JudgeTools {
  log: Pick<EventLog, 'readStream'>
  logger: Logger
  meters: Pick<AutomationMeters, 'runs' | 'tooDeep'>
  factsOf: FactsOf
  /** POST /internal/automation-occasions/{id}/judge */
  record: ServiceCall<RecordedOccasion>
}

/** So many conversations are looked at side by side; what happens in one is, one after the other. */
const lanes = 32

/**
 * Judges all rules that something sets off, in one go: of many rules most do not fire, and a job and an event for each of those would be
 * most of the work. Gives what is to be carried out, as it is recorded, whoever judged first. Throws while nobody can tell.
 */
export function createJudge(tools: JudgeTools): (happening: Happening) => Promise<AutomationJob[]> {
  const queue = new KeyedQueue()
  const firingsSince = createFirings(tools.log)

  const judge = async ({ rules, event: given, ...what }: Happening): Promise<AutomationJob[]> => {
    const { workspaceId, conversationId, trigger, eventId } = what
    const event = given ?? (await eventOf(tools.log, what))
    const known = await factsFor(tools.factsOf, what, event)
    const occasion = occasionOf(known, what, event.meta.depth ?? 0)
    const judged = [...rules].slice(0, mostJudged)
    if (judged.length < rules.size) tools.logger.error({ workspaceId, trigger }, 'there are more rules than are judged')
    const { verdicts, isStopped } = await verdictsOf(
      judged,
      occasion,
      { ...what, automatic: known.automatic },
      firingsSince,
    )
    const [first = ''] = rules.keys()
    const { body } = await tools.record({
      caller: callerFor(workspaceId),
      params: { id: occasionIdOf({ ...what, automationId: first }) },
      body: { conversationId, trigger, eventId, depth: occasion.depth, verdicts },
    })
    // Whoever takes over looks again at much that was judged before, which nobody needs to be told twice.
    if (body.judged) note(tools, what, verdicts, isStopped)
    return body.runs.filter(({ state }) => state === 'fired').map(({ automationId }) => ({ ...what, automationId }))
  }

  return (happening) =>
    queue.run(String(Number.parseInt(happening.conversationId.slice(0, 8), 16) % lanes), () => judge(happening))
}

/** What the event saw; of silence, what there is now. */
export async function factsFor(
  factsOf: FactsOf,
  { conversationId, trigger }: Pick<AutomationJob, 'conversationId' | 'trigger'>,
  event: Recorded,
): Promise<Known> {
  const known = await factsOf(conversationId, trigger === 'no_reply' ? undefined : event)
  if (known === undefined) throw new Error(`There is no conversation ${conversationId}`)
  return known
}

function occasionOf(
  known: Known,
  { trigger, eventId }: Omit<AutomationJob, 'automationId'>,
  depth: number,
): Omit<Occasion, 'fired'> {
  const { facts, unansweredId, erased, automatic } = known
  const isUnanswered = unansweredId === eventId && facts.conversation.status === 'open'
  const isOver = erased || (trigger === 'no_reply' && !isUnanswered)
  return { trigger, depth, automatic, facts: isOver ? undefined : facts }
}

/** What is found of each rule, and whether any was stopped before, since a person did something. */
async function verdictsOf(
  rules: readonly (readonly [string, Rule])[],
  occasion: Omit<Occasion, 'fired'>,
  what: Since & Pick<AutomationJob, 'trigger' | 'eventId'>,
  firingsSince: (since: Since) => Promise<Firings>,
): Promise<{ verdicts: Verdict[]; isStopped: boolean }> {
  const judge = (fired?: Firings['fired']) =>
    rules.map(([id, rule]) => verdictOf(id, rule, what.eventId, { ...occasion, fired: fired?.get(id) ?? 0 }))
  const verdicts = judge()
  // It fires once on an event, and once on a silence: with fewer events it cannot have fired too often, and there is nothing to look up.
  const mayBeLoop = verdicts.some((verdict) => !('why' in verdict) && what.automatic >= maxFired)
  if (what.trigger === 'no_reply' || !(mayBeLoop || verdicts.some(isTooDeep))) return { verdicts, isStopped: false }
  const { fired, isStopped } = await firingsSince(what)
  return { verdicts: judge(fired), isStopped }
}

const isTooDeep = (verdict: Verdict) => 'why' in verdict && verdict.why === 'too-deep'

function verdictOf(automationId: string, rule: Rule, eventId: string, occasion: Occasion): Verdict {
  const judged = { runId: runIdOf({ automationId, eventId }), automationId }
  const found = decide(rule, occasion)
  if (!found.fires) return { ...judged, conditions: found.conditions, why: found.why }
  return { ...judged, conditions: found.conditions, revision: rule.revision, actions: rule.actions }
}

function note(
  { meters, logger }: JudgeTools,
  { conversationId, eventId }: Omit<AutomationJob, 'automationId'>,
  verdicts: readonly Verdict[],
  isStopped: boolean,
): void {
  for (const verdict of verdicts) if ('why' in verdict) meters.runs.inc({ outcome: `skipped-${verdict.why}` })
  const stopped = verdicts.filter(isTooDeep)
  // Once for a loop: what of it comes after is the same tale.
  if (stopped.length === 0 || isStopped) return
  meters.tooDeep.inc()
  const automationIds = stopped.slice(0, 20).map(({ automationId }) => automationId)
  logger.error({ automationIds, conversationId, eventId }, 'flows and automations set each other off; this ends it')
}
