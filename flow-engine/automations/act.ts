import { v5 as uuidV5 } from 'uuid'
import { OutboundFailure } from '../../infra/runtime/http/outbound.ts'
import { JobFailure } from '../../infra/runtime/jobs/worker.ts'
import type { Logger } from '../../infra/runtime/logger.ts'
import type { AutomationAction } from '../../schemas/automation/events.ts'
import type { ActionResult } from '../../schemas/automation/occasion.ts'
import type { Acted, Acting } from '../actions/action.ts'
import type { Actions } from '../actions/actions.ts'
import type { Facts } from '../domain/facts.ts'
import { mayPass } from '../passing.ts'

export interface Doing {
  actions: Actions
  /** Of the run; those of its actions are derived from it. */
  runId: string
  acting: Omit<Acting, 'key'>
  facts: Facts
  /** What was done before, by an earlier try in this process. */
  done: ActionResult[]
  /** Whether a webhook that fails is given up now; and whether anything is. */
  webhookEnds: boolean
  ends: boolean
  logger: Logger
}

/** Does the actions of a run in their order, and adds to `done` what became of each. Throws where another try may do better. */
export async function act(actions: readonly AutomationAction[], doing: Doing): Promise<void> {
  const { done } = doing
  for (const [index, action] of actions.entries()) {
    if (index < done.length) continue
    const acting = { ...doing.acting, key: uuidV5(String(index), doing.runId) }
    const acted = await one(action, acting, doing).catch((error: unknown) => givenUp(error, doing))
    const why = acted.outcome === 'refused' ? { why: acted.why.slice(0, 500) } : {}
    done.push({ type: action.type, outcome: acted.outcome, ...why })
  }
}

function one(action: AutomationAction, acting: Acting, doing: Doing): Promise<Acted> {
  const { actions, facts } = doing
  switch (action.type) {
    case 'assign':
      return actions.assign(action, acting, facts)
    case 'tag':
      return actions.tag(action, acting, facts)
    case 'untag':
      return actions.untag(action, acting, facts)
    case 'status':
      return actions.status(action, acting, facts)
    case 'reply':
      return actions.reply(action, acting, facts)
    case 'note':
      return actions.note(action, acting, facts)
    case 'start_flow':
      return actions.start_flow(action, acting, facts)
    case 'webhook':
      return call(action, acting, doing)
    default:
      return action satisfies never
  }
}

/** Throws while there is another try, and for what is only away. */
function givenUp(error: unknown, { ends, runId, logger }: Doing): Acted {
  if (!ends || mayPass(error)) throw error
  logger.error({ error, runId }, 'an action of an automation was given up')
  return { outcome: 'refused', why: 'It failed; the log says why.' }
}

/** Told is who answers 2xx. */
async function call(
  action: Extract<AutomationAction, { type: 'webhook' }>,
  acting: Acting,
  { actions, facts, webhookEnds }: Doing,
): Promise<Acted> {
  const fail = (why: string): Acted => {
    if (webhookEnds) return { outcome: 'refused', why }
    throw new JobFailure(why)
  }
  try {
    const acted = await actions.automationWebhook(action, acting, facts)
    if (acted.outcome === 'refused') return acted
    const { status = 0 } = acted
    return status >= 200 && status < 300 ? { outcome: 'done' } : fail(`it answers ${status}`)
  } catch (error) {
    if (error instanceof OutboundFailure) return fail(error.message)
    throw error
  }
}
