import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Condition, operators } from '../../../schemas/condition.ts'
import type { Facts } from '../facts.ts'
import { holds } from './evaluate.ts'

const facts: Facts = {
  reply: '  Track Order ',
  message: { content: 'Where is my Straße parcel?', senderType: 'visitor', contentType: 'text' },
  contact: {
    name: 'Ada',
    email: 'ada@shop.example',
    phone: null,
    attributes: {
      plan: 'Gold',
      orders: 12,
      code: '01',
      beta: true,
      'order count': '7',
      langs: ['de', 'en'],
      empty: {},
    },
  },
  conversation: {
    status: 'open',
    channel: 'widget',
    tags: ['VIP', 'late order'],
    assignedAgentId: null,
    widgetId: null,
    channelId: null,
    metadata: { page: '/cart', total: 99.5 },
  },
  variables: { order_id: '4711' },
  webhook: { status: 404 },
}

type Case = [field: string, op: Condition['op'], value?: Condition['value']]
const ask = ([field, op, value]: Case) => holds(value === undefined ? { field, op } : { field, op, value }, facts)
const all = (expected: boolean, ...cases: Case[]) => {
  for (const one of cases) assert.equal(ask(one), expected, JSON.stringify(one))
}

describe('a condition', () => {
  it('compares texts trimmed, and large and small letters alike', () => {
    all(
      true,
      ['reply', 'equals', 'track order'],
      ['message.content', 'contains', 'STRASSE'],
      ['contact.email', 'ends_with', '@Shop.Example '],
      ['contact.attributes.plan', 'starts_with', 'go'],
      ['conversation.metadata.page', 'in', ['/home', ' /CART']],
      ['contact.name', 'not_equals', 'Bob'],
      ['message.senderType', 'equals', 'visitor'],
    )
    all(false, ['reply', 'equals', 'track'], ['message.content', 'not_contains', 'parcel'], ['contact.name', 'in', []])
  })

  it('compares numbers as numbers, also those that are written as texts', () => {
    all(
      true,
      ['contact.attributes.orders', 'gt', 9],
      ['contact.attributes.orders', 'equals', '12.0'],
      ['contact.attributes.order count', 'lt', '10'],
      ['conversation.metadata.total', 'lte', 99.5],
      ['variables.order_id', 'gte', 4711],
      ['webhook.status', 'equals', 404],
      ['contact.attributes.beta', 'equals', true],
    )
    all(
      false,
      ['contact.attributes.code', 'equals', '1'],
      ['contact.name', 'gt', 1],
      ['contact.attributes.orders', 'gt', 'nine'],
      ['contact.attributes.orders', 'gt', '0x1'],
    )
    all(true, ['contact.attributes.code', 'equals', 1])
  })

  it('takes tags for a set: whole tags, in any order', () => {
    all(
      true,
      ['conversation.tags', 'contains', 'vip'],
      ['conversation.tags', 'contains', ['late order', 'vip']],
      ['conversation.tags', 'equals', 'vip'],
      ['conversation.tags', 'equals', ['Late Order', 'vip']],
      ['conversation.tags', 'in', ['vip', 'new']],
      ['conversation.tags', 'not_in', ['new']],
      ['conversation.tags', 'starts_with', 'late'],
      ['contact.attributes.langs', 'contains', 'EN'],
    )
    all(
      false,
      ['conversation.tags', 'contains', 'late'],
      ['conversation.tags', 'contains', ['vip', 'new']],
      ['conversation.tags', 'equals', ['vip', 'new']],
    )
  })

  it('finds nothing in what is missing, empty, inherited or of another kind', () => {
    all(
      true,
      ['contact.phone', 'not_exists'],
      ['contact.phone', 'not_equals', '1'],
      ['contact.phone', 'not_contains', '1'],
      ['contact.phone', 'not_in', ['1']],
      ['contact.attributes.empty', 'not_exists'],
      ['contact.attributes.constructor', 'not_exists'],
      ['conversation.tags', 'exists'],
      ['variables.order_id', 'exists'],
    )
    all(
      false,
      ['contact.phone', 'equals', ''],
      ['contact.phone', 'contains', ''],
      ['contact.name', 'contains', ''],
      ['contact.phone', 'lt', 1],
      ['contact.attributes', 'exists'],
      ['nothing.of.this', 'exists'],
      ['contact.attributes.empty', 'equals', '[object Object]'],
    )
    assert.equal(holds({ field: 'message.content', op: 'exists' }, { ...facts, message: null }), false)
  })

  it('never throws, and holds exactly where its opposite does not', () => {
    const value = fc.option(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.string())), { nil: undefined })
    const opposites = [
      ['equals', 'not_equals'],
      ['contains', 'not_contains'],
      ['in', 'not_in'],
      ['exists', 'not_exists'],
    ] as const
    fc.assert(
      fc.property(fc.anything(), value, fc.constantFrom(...operators), (known, wanted, op) => {
        const odd = { ...facts, contact: { ...facts.contact, attributes: { odd: known } } }
        const condition = { field: 'contact.attributes.odd', ...(wanted === undefined ? {} : { value: wanted }) }
        assert.equal(typeof holds({ ...condition, op }, odd), 'boolean')
        for (const [is, isNot] of opposites) {
          assert.notEqual(holds({ ...condition, op: is }, odd), holds({ ...condition, op: isNot }, odd))
        }
      }),
      { numRuns: 300 },
    )
  })
})
