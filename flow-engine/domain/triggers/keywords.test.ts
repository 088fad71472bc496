import assert from 'node:assert/strict'
import { flowFor, keywordsOf, sharedKeywords } from './keywords.ts'

const keywords = keywordsOf([
  { flowId: 'orders', keywords: ['order', 'Straße', 'c++ (new)'], onConversationStart: false },
  { flowId: 'tracking', keywords: ['track  order'], onConversationStart: true },
])

describe('a keyword', () => {
  for (const [text, flowId] of [
    ['order', 'orders'],
    ['  My ORDER, please!  ', 'orders'],
    ['in der STRASSE', 'orders'],
    ['about C++ (NEW)?', 'orders'],
    ['please track\norder 17', 'tracking'],
    ['reorder it', undefined],
    ['orders', undefined],
    ['order_17', undefined],
    ['größerorder', undefined],
    ['', undefined],
  ] as const) {
    it(`in ${JSON.stringify(text)} starts ${flowId ?? 'nothing'}`, () => assert.equal(flowFor(text, keywords), flowId))
  }

  it('that is longer is tried before a shorter one', () => {
    assert.deepEqual(
      keywords.map(({ length }) => length),
      [11, 9, 7, 5],
    )
  })

  it('that another active flow has too is told', () => {
    const active = [
      { flowId: 'mine', name: 'Mine', keywords: ['help', 'order'] },
      { flowId: 'orders', name: 'Orders', keywords: ['ORDER '] },
    ]
    assert.deepEqual(sharedKeywords({ flowId: 'mine', keywords: ['help', 'order'] }, active), [
      {
        path: '/settings/triggers/keywords/1',
        message: 'keyword "order": the active flow Orders has it too; the older of the two answers',
      },
    ])
  })
})
