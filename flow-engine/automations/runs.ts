import { automation } from '../../command-api/domain/automation/automation.ts'
import { automationRun } from '../../command-api/domain/automation/automation-run.ts'
import type { Decider } from '../../command-api/domain/decider.ts'
import type { EventLog } from '../../infra/runtime/event-store/log.ts'
import { happened, type Recorded } from '../../schemas/envelope.ts'
import { streamOf } from '../../schemas/streams.ts'

type Log = Pick<EventLog, 'readStream' | 'readLast'>

/** Automations and their runs, as the log has them at this moment. */
export const runIn = (log: Log, id: string) => stateIn(log, automationRun, id)
export const ruleIn = (log: Log, id: string) => stateIn(log, automation, id)

/** Whether nothing more will come of a run. */
export async function isOver(log: Log, runId: string): Promise<boolean> {
  const last = await log.readLast(streamOf('automationRun', runId))
  return last?.type === 'AutomationSkipped' || last?.type === 'AutomationFinished'
}

async function stateIn<S, C, E extends { type: string; data: unknown }>(
  log: Log,
  decider: Decider<S, C, E>,
  id: string,
): Promise<S> {
  const isOurs = (event: Recorded): event is Recorded & E => Object.hasOwn(decider.types, event.type)
  let state = decider.initial
  for await (const event of log.readStream(streamOf(decider.noun, id))) {
    if (isOurs(event)) state = decider.evolve(state, event, happened(event))
  }
  return state
}
