import Type, { type Static } from 'typebox'
import { v5 as uuidV5 } from 'uuid'
import { automationTriggers } from '../../schemas/automation/events.ts'
import { Id } from '../../schemas/fields.ts'
import { checkOf } from '../../schemas/validator.ts'

/** Name of the queue in Redis. */
export const queueName = 'automations'

/** One automation that fires since something happened. Its id is that of the run. Ids alone: words and rule are read when it is done. */
export const AutomationJob = Type.Object({
  workspaceId: Id,
  automationId: Id,
  conversationId: Id,
  trigger: Type.Enum(automationTriggers),
  eventId: Id,
  /** Of the event in the stream of its conversation. */
  revision: Type.Integer({ minimum: 0 }),
})
export type AutomationJob = Static<typeof AutomationJob>

export const checkAutomationJob = checkOf(AutomationJob)

/** The same whenever the event comes again: so it is one job, and one run. */
export function runIdOf({ automationId, eventId }: Pick<AutomationJob, 'automationId' | 'eventId'>): string {
  return uuidV5(eventId, automationId)
}

/** What is judged in one go: all rules that an event sets off; of silence, which each of them finds by itself, one rule. */
export function occasionIdOf({
  automationId,
  eventId,
  trigger,
}: Pick<AutomationJob, 'automationId' | 'eventId' | 'trigger'>): string {
  return uuidV5(trigger === 'no_reply' ? `silence ${automationId}` : 'occasion', eventId)
}
