import Type, { type Static } from 'typebox'
import { Condition } from '../condition.ts'
import { type EventOf, event } from '../define.ts'
import { exactly, Id, MessageText, Name, Time } from '../fields.ts'
import { assignAction, replyAction, tagAction, untagAction, webhookAction } from '../flow/actions.ts'

/** What sets an automation off (API.md, D), and, beyond the document, tagging: rules on tags are what inboxes are sorted by. */
export const automationTriggers = [
  'conversation_started',
  'message_received',
  'conversation_assigned',
  'conversation_resolved',
  'conversation_tagged',
  'no_reply',
] as const
export type AutomationTrigger = (typeof automationTriggers)[number]

export const automationActions = {
  assign: assignAction,
  tag: tagAction,
  untag: untagAction,
  status: exactly({ type: Type.Literal('status'), status: Type.Enum(['open', 'pending', 'closed']) }),
  reply: replyAction,
  note: exactly({ type: Type.Literal('note'), text: MessageText }),
  start_flow: exactly({ type: Type.Literal('start_flow'), flowId: Id }),
  webhook: webhookAction,
} as const
export type AutomationAction = {
  [K in keyof typeof automationActions]: Static<(typeof automationActions)[K]>
}[keyof typeof automationActions]
/** Typed by hand: of a list of schemas the compiler does not know which there are. */
export const AutomationAction = Type.Unsafe<AutomationAction>(Type.Union(Object.values(automationActions)))

export const automationFacts = {
  name: Name,
  trigger: Type.Enum(automationTriggers),
  /** Of no_reply: how long a visitor's message has been unanswered. */
  minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_080 })),
  /** Of message_received: whose messages; by default the visitor's. */
  senders: Type.Optional(
    Type.Array(Type.Enum(['visitor', 'agent', 'ai', 'bot']), { minItems: 1, maxItems: 4, uniqueItems: true }),
  ),
  match: Type.Enum(['all', 'any']),
  conditions: Type.Array(Condition, { maxItems: 20 }),
  actions: Type.Array(AutomationAction, { minItems: 1, maxItems: 20 }),
  active: Type.Boolean(),
}
export const AutomationFacts = Type.Object(automationFacts)
export type AutomationFacts = Static<typeof AutomationFacts>

/** What may have happened to an automation (document D). Stream `automation-<automationId>`. */
export const automationEvents = {
  AutomationCreated: event(Type.Object({ automationId: Id, ...automationFacts })),
  AutomationUpdated: event(Type.Object({ automationId: Id, changes: Type.Partial(AutomationFacts) })),
  AutomationDeleted: event(Type.Object({ automationId: Id })),
}
export type AutomationEvent = EventOf<typeof automationEvents>

/** What a run was about; ids alone. */
const about = {
  runId: Id,
  automationId: Id,
  conversationId: Id,
  trigger: Type.Enum(automationTriggers),
  /** The event that set it off. */
  eventId: Id,
  depth: Type.Integer({ minimum: 0, description: 'automatic causes behind that event' }),
  /** Of each condition, whether it held, in their order. */
  conditions: Type.Array(Type.Boolean()),
}

export const skipReasons = ['conditions', 'too-deep', 'gone'] as const

/** How runs were recorded before occasions were (occasion.ts): one by one. Nobody writes these any more. Stream `automationRun-<runId>`. */
export const automationRunEvents = {
  /** Its conditions held: its actions follow. They are those of now, whatever becomes of the rule. */
  AutomationFired: event(Type.Object({ ...about, actions: Type.Array(AutomationAction) })),
  AutomationSkipped: event(Type.Object({ ...about, why: Type.Enum(skipReasons) })),
  AutomationFinished: event(
    Type.Object({
      runId: Id,
      automationId: Id,
      actions: Type.Array(
        Type.Object({
          type: Type.String(),
          outcome: Type.Enum(['done', 'refused']),
          why: Type.Optional(Type.String({ maxLength: 500 })),
        }),
      ),
      finishedAt: Time,
    }),
  ),
}
export type AutomationRunEvent = EventOf<typeof automationRunEvents>
