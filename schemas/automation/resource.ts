import Type, { type Static } from 'typebox'
import { exactly, Id, nullable, pageOf, Time } from '../fields.ts'
import {
  type AutomationAction,
  type AutomationFacts,
  automationActions,
  automationFacts,
  automationTriggers,
  skipReasons,
} from './events.ts'

const { name, trigger, minutes, senders, match, conditions, actions, active } = automationFacts

/** As it may be asked for: document E, and so flows, write agent_id. */
const writtenAssign = exactly({
  type: Type.Literal('assign'),
  agentId: Type.Optional(nullable(Id)),
  agent_id: Type.Optional(nullable(Id)),
})
const { assign: _, ...otherActions } = automationActions
export type WrittenAction = Static<typeof writtenAssign> | Exclude<AutomationAction, { type: 'assign' }>
const writtenActions = Type.Array(
  Type.Unsafe<WrittenAction>(Type.Union([writtenAssign, ...Object.values(otherActions)])),
  { minItems: 1, maxItems: 20 },
)

const example = {
  name: 'Late orders',
  conditions: [{ field: 'message.content', op: 'contains', value: 'order' }],
  actions: [
    { type: 'tag', tag: 'order' },
    { type: 'reply', text: 'Hi {{contact.name | there}}, we are looking for your order.' },
  ],
}

/** POST /api/automations (document D). */
export const CreateAutomationBody = Type.Object(
  {
    name,
    trigger,
    minutes,
    senders,
    match: Type.Optional(match),
    conditions: Type.Optional(conditions),
    actions: writtenActions,
    active: Type.Optional(active),
  },
  { additionalProperties: false, examples: [{ ...example, trigger: 'message_received', senders: ['visitor'] }] },
)

export const UpdateAutomationBody = Type.Object(
  {
    name: Type.Optional(name),
    trigger: Type.Optional(trigger),
    minutes,
    senders,
    match: Type.Optional(match),
    conditions: Type.Optional(conditions),
    actions: Type.Optional(writtenActions),
    active: Type.Optional(active),
  },
  { additionalProperties: false, minProperties: 1, examples: [example] },
)

export const ToggleAutomationBody = exactly({
  active: Type.Optional(Type.Boolean({ description: 'absent: the other way round' })),
})

export const Automation = Type.Object(
  {
    id: Id,
    workspaceId: Id,
    name,
    trigger,
    minutes: nullable(Type.Integer({ description: 'of no_reply: how long a visitor’s message is unanswered' })),
    senders: nullable(Type.Array(Type.String(), { description: 'of message_received: whose messages' })),
    match,
    conditions,
    actions,
    active,
    createdAt: Time,
    updatedAt: Time,
  },
  { additionalProperties: false },
)
export type Automation = Static<typeof Automation>

type Rule = Omit<AutomationFacts, 'minutes' | 'senders'> & {
  minutes?: number | null | undefined
  senders?: string[] | null | undefined
}

/** Whose messages a rule looks at that does not say so. */
export const defaultSenders = ['visitor']

/** What of a rule is for its trigger alone reads null elsewhere. */
export function automationOf({
  minutes = null,
  senders = null,
  ...facts
}: Rule & Pick<Automation, 'id' | 'workspaceId' | 'createdAt' | 'updatedAt'>): Automation {
  const { trigger } = facts
  return {
    ...facts,
    minutes: trigger === 'no_reply' ? minutes : null,
    senders: trigger === 'message_received' ? (senders ?? defaultSenders) : null,
  }
}

export const runStates = ['running', 'done', 'refused', 'skipped'] as const

/** What became of one event that set an automation off. */
export const AutomationRun = Type.Object(
  {
    id: Id,
    automationId: Id,
    conversationId: Id,
    trigger: Type.Enum(automationTriggers),
    eventId: Type.String({ format: 'uuid', description: 'of the conversation’s history: what set it off' }),
    depth: Type.Integer({ description: 'how many flows and automations stand behind that event' }),
    conditions: Type.Array(Type.Boolean(), {
      description: 'of each condition of the rule, in their order, whether it held',
    }),
    outcome: Type.Enum(runStates, {
      description: 'running; done; refused: an action at least could not be done; skipped',
    }),
    skipped: nullable(
      Type.Enum(skipReasons, {
        description:
          'conditions: they did not hold; too-deep: flows and automations set each other off too deep, or it fired ten times with no person in between; gone: answered, or erased, before it was judged',
      }),
    ),
    actions: Type.Array(
      Type.Object({
        type: Type.String(),
        outcome: Type.Enum(['running', 'done', 'refused']),
        why: nullable(Type.String({ description: 'why it was refused' })),
      }),
    ),
    startedAt: Time,
    finishedAt: nullable(Time),
  },
  { additionalProperties: false },
)
export type AutomationRun = Static<typeof AutomationRun>
export const AutomationRunPage = pageOf(AutomationRun)

/** What flow-engine needs to know to judge whether an active rule fires. */
export const TriggerRule = exactly({
  id: Id,
  revision: Type.Integer({ minimum: 0, description: 'of its stream' }),
  trigger: Type.Enum(automationTriggers),
  senders: nullable(Type.Array(Type.String())),
  match,
  conditions,
  actions: Type.Array(Type.String(), { description: 'their types' }),
  createdAt: Time,
})
export type TriggerRule = Static<typeof TriggerRule>
export const TriggerRules = exactly({ data: Type.Array(TriggerRule) })

/** A visitor's message that nobody has answered, for longer than a rule allows. */
export const Unanswered = exactly({
  automationId: Id,
  workspaceId: Id,
  conversationId: Id,
  eventId: Id,
  revision: Type.Integer({ minimum: 0 }),
})
export type Unanswered = Static<typeof Unanswered>
export const UnansweredList = exactly({ data: Type.Array(Unanswered) })
