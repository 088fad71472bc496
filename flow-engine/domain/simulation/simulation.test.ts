import assert from 'node:assert/strict'
import { flowDefaults } from '../../../schemas/flow/events.ts'
import { action, edge, graphOf, noon, question } from '../../testing/runs.ts'
import type { Facts } from '../facts.ts'
import { simulate } from './simulate.ts'

const facts: Facts = {
  reply: null,
  message: null,
  contact: { name: 'Ada', email: null, phone: null, attributes: {} },
  conversation: {
    ...{ status: 'open', channel: 'widget', tags: [], assignedAgentId: null, widgetId: null, channelId: null },
    metadata: {},
  },
  variables: {},
  webhook: { status: null },
}
const graph = graphOf(
  question('ask', edge('keep', 'button_click', 'Track Order'), edge('human', 'text', 'help')),
  action('keep', { type: 'set_variable', name: 'wish', value: '{{reply}}' }, edge('tag', 'any')),
  action('tag', { type: 'tag', tag: 'tracked' }, edge('tagged?', 'any')),
  {
    id: 'tagged?',
    type: 'condition',
    condition: { field: 'conversation.tags', op: 'contains', value: 'tracked' },
    edges: [edge('pause', 'true')],
  },
  action('pause', { type: 'wait', seconds: 3600 }, edge('bye', 'any')),
  action('bye', { type: 'reply', text: 'You wished: {{wish}}' }),
  action('human', { type: 'handover' }),
)
const asked = graph.nodes.get('ask')
const templates = new Map([
  [
    asked?.type === 'template' ? asked.templateId : '',
    { body: 'Hello {{contact.name}}', buttons: [{ label: 'Track Order' }] },
  ],
])
const tryOut = (...replies: string[]) =>
  simulate({ graph, settings: flowDefaults, version: null, templates, replies, facts, now: noon })

describe('trying a flow', () => {
  it('gives the transcript that it would give, with waits passing at once', () => {
    const { outcome, transcript, path } = tryOut('track order')
    assert.equal(outcome, 'completed')
    assert.deepEqual(
      transcript.map(({ from, text }) => `${from}: ${text}`),
      [
        'bot: Hello Ada',
        'visitor: track order',
        'flow: sets wish to track order',
        'flow: tags the conversation tracked',
        'flow: waits 3600 s',
        'bot: You wished: track order',
      ],
    )
    assert.deepEqual(
      path.map(({ node, trigger }) => [node, trigger]),
      [
        ...[
          ['ask', 'button_click'],
          ['keep', 'any'],
          ['tag', 'any'],
          ['tagged?', 'true'],
          ['pause', 'any'],
          ['bye', null],
        ],
      ],
    )
  })
  it('waits where the replies are used up', () => {
    const { outcome, path } = tryOut()
    assert.deepEqual([outcome, path], ['waiting', [{ node: 'ask', edge: null, trigger: null }]])
  })
  it('hands over, when asked to or after misses', () => {
    assert.deepEqual([tryOut('help').outcome, tryOut('help').misses], ['handed_over', 0])
    const { why, misses, path } = tryOut('a', 'b', 'c')
    assert.deepEqual([why, misses, path], ['misses', 3, [{ node: 'ask', edge: null, trigger: null }]])
  })
})
