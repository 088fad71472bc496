import { automation } from '../../command-api/domain/automation/automation.ts'
import { automationOccasion, type OccasionRun } from '../../command-api/domain/automation/occasion.ts'
import type { Decider } from '../../command-api/domain/decider.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import type { AutomationFacts } from '../../schemas/automation/events.ts'
import type { AutomationOccasionEvent, Verdict } from '../../schemas/automation/occasion.ts'
import { happened, type Recorded } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'
import { type AutomationJob, occasionIdOf, runIdOf } from './job.ts'

type Log = Pick<EventLog, 'readStream'>

/** A run of a rule that fired, as the log has it at this moment. */
export async function runIn(log: Log, job: AutomationJob): Promise<OccasionRun | undefined> {
  const { state } = await stateIn(log, automationOccasion, occasionIdOf(job))
  return state.status === 'none' ? undefined : state.runs.get(runIdOf(job))
}

/** Whether nothing more will come of a run. */
export async function isOver(log: Log, job: AutomationJob): Promise<boolean> {
  const run = await runIn(log, job)
  return run?.state === 'ended'
}

/** What was found of each rule on an occasion; undefined while nobody has judged it, or where nothing was set off. */
export async function verdictsIn(log: Log, id: string): Promise<readonly Verdict[] | undefined> {
  for await (const event of log.readStream(streamOf('automationOccasion', id), { max: 1 })) {
    return isJudged(event) ? event.data.verdicts : undefined
  }
  return undefined
}

const isJudged = (event: Recorded): event is Recorded<Judged> =>
  event.type === ('AutomationsJudged' satisfies Judged['type'])
type Judged = Extract<AutomationOccasionEvent, { type: 'AutomationsJudged' }>

/** An automation that is there, as of a revision of its stream, or as it is now. */
export async function ruleIn(
  log: Log,
  id: string,
  at?: number,
): Promise<{ facts: AutomationFacts; revision: number } | undefined> {
  const { state, revision } = await stateIn(log, automation, id, at)
  return state.status === 'there' ? { facts: state.facts, revision } : undefined
}

/** What set off the job. Throws where it cannot be there: the job was made of it. */
export async function eventOf(
  log: Log,
  { conversationId, revision }: Pick<AutomationJob, 'conversationId' | 'revision'>,
): Promise<Recorded> {
  const stream = streamOf('conversation', conversationId)
  for await (const event of log.readStream(stream, { from: revision, max: 1 })) return event
  throw new Error(`${stream} has no revision ${revision}`)
}

async function stateIn<S, C, E extends { type: string; data: unknown }>(
  log: Log,
  decider: Decider<S, C, E>,
  id: string,
  at?: number,
): Promise<{ state: S; revision: number }> {
  const isOurs = (event: Recorded): event is Recorded & E => Object.hasOwn(decider.types, event.type)
  let state = decider.initial
  let revision = -1
  const upTo = at === undefined ? {} : { max: at + 1 }
  for await (const event of log.readStream(streamOf(decider.noun, id), upTo)) {
    if (isOurs(event)) state = decider.evolve(state, event, happened(event))
    revision = event.revision
  }
  return { state, revision }
}
