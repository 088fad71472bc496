import Type, { type Static } from 'typebox'
import { exactly, Id, MessageText, nullable, Tag, WebUrl } from '../fields.ts'

const Headers = Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,100}$' }), Type.String({ maxLength: 1000 }), {
  maxProperties: 20,
})
const Variable = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,49}$', examples: ['order_id'] })

/** What flows and automations both may do; texts may hold {{variables}}. */
export const assignAction = exactly({
  type: Type.Literal('assign'),
  agentId: nullable(Id),
})
export const tagAction = exactly({ type: Type.Literal('tag'), tag: Tag })
export const untagAction = exactly({ type: Type.Literal('untag'), tag: Tag })
export const replyAction = exactly({ type: Type.Literal('reply'), text: MessageText })
export const webhookAction = exactly({
  type: Type.Literal('webhook'),
  url: WebUrl,
  headers: Type.Optional(Headers),
  body: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { maxProperties: 100 })),
})

/** What the `data` of an action node holds under `action` (or, as `data` itself, with `type` in `action_type`). */
export const flowActions = {
  assign: assignAction,
  tag: tagAction,
  untag: untagAction,
  close: exactly({ type: Type.Literal('close') }),
  /** Ends the run and leaves the conversation to people; with a note for them. */
  handover: exactly({ type: Type.Literal('handover'), note: Type.Optional(MessageText) }),
  set_variable: exactly({
    type: Type.Literal('set_variable'),
    name: Variable,
    value: Type.String({ maxLength: 10_000 }),
  }),
  webhook: exactly({ ...webhookAction.properties, saveAs: Type.Optional(Variable) }),
  wait: exactly({ type: Type.Literal('wait'), seconds: Type.Integer({ minimum: 1, maximum: 2_592_000 }) }),
  reply: replyAction,
  ai_reply: exactly({ type: Type.Literal('ai_reply') }),
} as const

export const FlowAction = Type.Union(Object.values(flowActions))
export type FlowAction = { [K in keyof typeof flowActions]: Static<(typeof flowActions)[K]> }[keyof typeof flowActions]
