import Type, { type Static } from 'typebox'
import { exactly } from './fields.ts'
import type { FieldError } from './rejection.ts'

export const operators = [
  'equals',
  'not_equals',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'in',
  'not_in',
  'gt',
  'gte',
  'lt',
  'lte',
  'exists',
  'not_exists',
] as const

/**
 * What a condition may look at (API.md, D and E): `reply` (the visitor's last reply in this run), `message.content`, `message.senderType`,
 * `contact.name | email | phone | attributes.<name>`, `conversation.status | channel | tags | assignedAgentId | widgetId | channelId |
 * metadata.<name>`, `variables.<name>`, `webhook.status` (of the last one). Flows and automations ask alike.
 */
export const Field = Type.String({
  pattern:
    '^(reply|message\\.(content|senderType|contentType)|contact\\.(name|email|phone|attributes\\.[^\\s].{0,99})|conversation\\.(status|channel|tags|assignedAgentId|widgetId|channelId|metadata\\.[^\\s].{0,99})|variables\\.[A-Za-z_][A-Za-z0-9_]{0,49}|webhook\\.status)$',
  maxLength: 130,
  title:
    'reply, message.content, message.senderType, message.contentType, contact.name, contact.email, contact.phone, contact.attributes.<name>, conversation.status, conversation.channel, conversation.tags, conversation.assignedAgentId, conversation.widgetId, conversation.channelId, conversation.metadata.<name>, variables.<name> or webhook.status',
  examples: ['contact.email'],
})

const Plain = Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean()])

/** One question. Texts are compared trimmed and case-folded; `in` takes an array; `exists` takes no value. */
export const Condition = exactly({
  field: Field,
  op: Type.Enum(operators),
  value: Type.Optional(Type.Union([Plain, Type.Array(Plain, { maxItems: 100 })])),
})
export type Condition = Static<typeof Condition>

/** What is wrong with a condition beyond its shape: an operator that asks for another value than it has. */
export function conditionErrors({ op, value }: Condition, path: string): FieldError[] {
  const wrong = (message: string) => [{ path: `${path}/value`, message }]
  switch (op) {
    case 'exists':
    case 'not_exists':
      return value === undefined ? [] : wrong(`${op} takes no value`)
    case 'in':
    case 'not_in':
      return Array.isArray(value) ? [] : wrong(`${op} needs a list of values`)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return isNumber(value) ? [] : wrong(`${op} needs a number`)
    default:
      return value === undefined || value === '' ? wrong(`${op} needs a value`) : []
  }
}

function isNumber(value: Condition['value']): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
}
