import assert from 'node:assert/strict'
import Type from 'typebox'
import { Condition } from './condition.ts'
import { SendMessageBody } from './conversation/bodies.ts'
import { exactly, nullable, Tag } from './fields.ts'
import { checkOf, checkParametersOf } from './validator.ts'

const messagesOf = (checked: { ok: true } | { ok: false; errors: { message: string }[] }) =>
  checked.ok ? [] : checked.errors.map(({ message }) => message)

describe('a message that is refused', () => {
  const check = checkOf(SendMessageBody)
  const button = { label: 'Yes', value: 'y' }
  const cases: [string, unknown, string[]][] = [
    ['nothing, but the text that is missing', {}, ['content is required']],
    ['a text with a field too many', { content: 'hi', colour: 'red' }, ['colour is not a known field']],
    ['an image without its url', { contentType: 'image', richMedia: {} }, ['url is required']],
    ['an image without rich media', { contentType: 'image' }, ['richMedia is required']],
    ['a text with rich media', { content: 'hi', richMedia: { url: 'https://a.b' } }, ['richMedia must be null']],
    [
      'buttons without label',
      { contentType: 'quick_button', richMedia: { buttons: [button, { value: 'n' }] } },
      ['label is required'],
    ],
    [
      'a content type that is none',
      { contentType: 'video' },
      ['contentType must be one of text, image, file, quick_button, carousel, dropdown'],
    ],
    ['what is no object', 'hello', ['the body must be an object']],
    [
      'a sender that is none',
      { content: 'hi', senderType: 'ghost' },
      ['senderType must be one of visitor, agent, ai, bot, system'],
    ],
  ]
  for (const [what, body, expected] of cases) {
    it(`hears what is wrong with ${what}, and nothing else`, () => assert.deepEqual(messagesOf(check(body)), expected))
  }
})

describe('a pattern', () => {
  it('is told by what it stands for, not by its signs', () => {
    const [told] = messagesOf(checkOf(Condition)({ field: 'contact.shoe', op: 'exists' }))
    assert.match(told ?? '', /^field must be reply, message.content, .* or webhook.status$/)
    assert.deepEqual(messagesOf(checkOf(exactly({ tag: Tag }))({ tag: ' ' })), ['tag must not be blank'])
  })
})

describe('what is too long, too many or of another kind', () => {
  it('is told in plain words', () => {
    const check = checkOf(
      exactly({
        list: Type.Array(Type.Integer({ minimum: 2, maximum: 3 }), { minItems: 1, maxItems: 2, uniqueItems: true }),
        text: Type.String({ minLength: 2, maxLength: 4 }),
        map: Type.Record(Type.String(), Type.Boolean(), { maxProperties: 1 }),
      }),
    )
    assert.deepEqual(messagesOf(check({ list: [1, 4, 4], text: 'a', map: { a: true, b: 1 } })).sort(), [
      'b must be true or false',
      'list must not have more than 2 items',
      'list must not hold anything twice',
      'list[0] must be at least 2',
      'list[1] must be at most 3',
      'list[2] must be at most 3',
      'map must not have more than 1 field',
      'text must not be shorter than 2 characters',
    ])
    assert.deepEqual(messagesOf(check({ list: [], text: 'abcde', map: [] })), [
      'list must not be empty',
      'text must not be longer than 4 characters',
      'map must be an object',
    ])
  })
})

describe('unions', () => {
  it('without a tag speak of the branch that the value fits', () => {
    const check = checkOf(exactly({ agentId: nullable(Type.String({ format: 'uuid' })) }))
    assert.deepEqual(messagesOf(check({ agentId: 'x' })), ['agentId must be a valid uuid'])
    assert.deepEqual(messagesOf(check({ agentId: 7 })), ['agentId must be a string'])
    assert.equal(check({ agentId: null }).ok, true)
  })
})

describe('parameters', () => {
  it('become the numbers that the schema asks for, and have its defaults', () => {
    const check = checkParametersOf(
      exactly({ page: Type.Optional(Type.Integer({ default: 1 })), all: Type.Optional(Type.Boolean()) }),
    )
    assert.deepEqual(check({}), { ok: true, value: { page: 1 } })
    assert.deepEqual(check({ page: '3', all: 'true' }), { ok: true, value: { page: 3, all: true } })
    for (const page of ['', 'x', '1.5', ['1', '2']]) assert.equal(check({ page }).ok, false, String(page))
  })
})
