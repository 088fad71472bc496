import assert from 'node:assert/strict'
import type { AutomationFacts } from '../../../schemas/automation/events.ts'
import type { Facts } from '../facts.ts'
import { decide, maxAutomatic, maxFired } from './decide.ts'

const facts: Facts = {
  reply: null,
  message: { content: 'Where is my order?', senderType: 'visitor', contentType: 'text' },
  contact: { name: 'Ada', email: null, phone: null, attributes: {} },
  conversation: {
    status: 'open',
    channel: 'widget',
    tags: [],
    assignedAgentId: null,
    widgetId: null,
    channelId: null,
    metadata: {},
  },
  variables: {},
  webhook: { status: null },
}
const rule: AutomationFacts = {
  name: 'Orders',
  trigger: 'message_received',
  match: 'all',
  conditions: [
    { field: 'message.content', op: 'contains', value: 'order' },
    { field: 'contact.email', op: 'exists' },
  ],
  actions: [{ type: 'tag', tag: 'order' }],
  active: true,
}
const occasion = { trigger: 'message_received', depth: 0, automatic: 0, fired: 0, facts } as const
const skipped = (why: string, conditions: boolean[] = []) => ({ fires: false, conditions, why })

describe('an automation that was set off', () => {
  it('fires when all of its conditions hold, or any, as it is set to, or when it has none', () => {
    assert.deepEqual(decide(rule, occasion), skipped('conditions', [true, false]))
    const any = decide({ ...rule, match: 'any' }, occasion)
    assert.deepEqual(any, { fires: true, conditions: [true, false] })
    for (const match of ['all', 'any'] as const) {
      assert.equal(decide({ ...rule, match, conditions: [] }, occasion).fires, true)
    }
  })

  it('does nothing when it is there no more, or what it was about is over', () => {
    assert.deepEqual(decide(undefined, occasion), skipped('gone'))
    assert.deepEqual(decide({ ...rule, active: false }, occasion), skipped('gone'))
    assert.deepEqual(decide({ ...rule, trigger: 'conversation_tagged' }, occasion), skipped('gone'))
    assert.deepEqual(decide(rule, { ...occasion, facts: undefined }), skipped('gone'))
  })

  it('ends where too many others stand behind it, if it would have fired', () => {
    const always = { ...rule, conditions: [] }
    assert.equal(decide(always, { ...occasion, depth: 9 }).fires, true)
    assert.deepEqual(decide(always, { ...occasion, depth: 10 }), skipped('too-deep'))
    assert.deepEqual(decide(rule, { ...occasion, depth: 10 }), skipped('conditions', [true, false]))
    assert.deepEqual(decide(always, { ...occasion, automatic: maxAutomatic }), skipped('too-deep'))
    assert.equal(decide(always, { ...occasion, fired: maxFired - 1 }).fires, true)
    assert.deepEqual(decide(always, { ...occasion, fired: maxFired }), skipped('too-deep'))
  })
})
