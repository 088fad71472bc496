import Type, { type Static } from 'typebox'
import { type EventOf, event } from '../define.ts'
import { exactly, Id, Time } from '../fields.ts'
import { automationTriggers, skipReasons } from './events.ts'

/** Something that set rules off: ids alone. */
const about = {
  conversationId: Id,
  trigger: Type.Enum(automationTriggers),
  /** The event that set them off. */
  eventId: Id,
  /** Automatic causes behind that event. */
  depth: Type.Integer({ minimum: 0 }),
}

const judged = {
  /** uuid v5(event, automation): the same whenever the event comes again. */
  runId: Id,
  automationId: Id,
  /** Of each condition, whether it held, in their order. */
  conditions: Type.Array(Type.Boolean(), { maxItems: 20 }),
}

/** What was found of one rule: that it fires, or why it does not. */
export const Verdict = Type.Union([
  exactly({ ...judged, why: Type.Enum(skipReasons) }),
  exactly({
    ...judged,
    /** Of the rule's stream: its actions as of there follow, whatever becomes of the rule. */
    revision: Type.Integer({ minimum: 0 }),
    /** Their types, in their order. */
    actions: Type.Array(Type.String({ maxLength: 50 }), { minItems: 1, maxItems: 20 }),
  }),
])
export type Verdict = Static<typeof Verdict>

/** More rules than anybody has on one trigger. */
export const mostJudged = 2000

const results = Type.Array(
  exactly({
    type: Type.String({ maxLength: 50 }),
    outcome: Type.Enum(['done', 'refused']),
    why: Type.Optional(Type.String({ maxLength: 500 })),
  }),
  { maxItems: 20 },
)

/**
 * What may have happened when an event set rules off. Stream `automationOccasion-<occasionId>`: one for all rules that an event sets off,
 * since most of many do not fire; of silence, which each rule finds at a time of its own, one for each rule and message.
 */
export const automationOccasionEvents = {
  AutomationsJudged: event(Type.Object({ occasionId: Id, ...about, verdicts: Type.Array(Verdict, { minItems: 1 }) })),
  /** What became of the actions of one rule that fired. */
  AutomationCarriedOut: event(Type.Object({ runId: Id, automationId: Id, actions: results, finishedAt: Time })),
}
export type AutomationOccasionEvent = EventOf<typeof automationOccasionEvents>

/** What flow-engine tells of an occasion; each of it is recorded once, and what comes after it was decided changes nothing. */
export type AutomationOccasionCommand =
  | ({ type: 'JudgeAutomations'; occasionId: string } & JudgeBody)
  | { type: 'CarryAutomationOut'; runId: string; actions: ActionResult[]; finishedAt: string }
export type ActionResult = Static<typeof results>[number]

/** POST /internal/automation-occasions/{id}/judge */
export const JudgeBody = exactly({ ...about, verdicts: Type.Array(Verdict, { minItems: 1, maxItems: mostJudged }) })
export type JudgeBody = Static<typeof JudgeBody>

/** POST /internal/automation-occasions/{id}/runs/{runId}/finish */
export const FinishBody = exactly({ actions: results })

/** The rules that fired on an occasion, as the log has it: what has been judged stands, whatever was asked. */
export const RecordedOccasion = exactly({
  judged: Type.Boolean({ description: 'by this request, and not by one before it' }),
  runs: Type.Array(exactly({ runId: Id, automationId: Id, state: Type.Enum(['fired', 'ended']) })),
})
export type RecordedOccasion = Static<typeof RecordedOccasion>
