import assert from 'node:assert/strict'
import { action, edge, graphOf, ids, minutesLater, noon, question, Told, walkOn } from '../../testing/runs.ts'

const menu = graphOf(
  question('menu', edge('track', 'button_click', 'Track Order'), edge('human', 'text', 'help')),
  question('track'),
  action('human', { type: 'handover' }),
)

describe('a run of a flow', () => {
  it('asks, takes the edge of the button that was clicked, and ends where no edge leads on', () => {
    const run = new Told(menu)
    run.sent(1)
    run.said('Track Order', 2)
    run.sent(3)
    assert.deepEqual(run.nodes, ['menu', 'track'])
    assert.equal(run.end, 'completed: end')
  })

  for (const [said, value] of [
    ['  track ORDER ', null],
    ['track', null],
    ['ｔｒａｃｋ', null],
    ['what the channel calls it', 'TRACK'],
  ] as const) {
    it(`takes ${JSON.stringify(value ?? said)} for the button`, () => {
      const run = new Told(menu)
      run.sent(1)
      run.said(said, 2, value)
      assert.deepEqual(run.nodes, ['menu', 'track'])
    })
  }

  it('starts once, is told of each step once, and of none but the present one', () => {
    const run = new Told(menu)
    const { graph } = run
    const result = { kind: 'sent', messageId: ids.message(1), revision: 1 } as const
    const told = { type: 'CompleteStep', step: 1, result, ...walkOn(graph) } as const
    assert.equal(run.tell({ ...told, step: 2 }).length, 0)
    assert.equal(run.tell(told).length, 1)
    assert.equal(run.tell(told).length, 0)
  })

  it('hears nothing that was said before its question, and one reply alone', () => {
    const run = new Told(menu)
    run.sent(7)
    assert.equal(run.said('Track Order', 6).length, 0)
    assert.equal(run.said('Track Order', 8).length, 2)
    assert.equal(run.said('help', 9).length, 0)
    assert.deepEqual(run.nodes, ['menu', 'track'])
  })

  it('asks again twice after replies that match nothing, and then leaves it to people', () => {
    const run = new Told(menu)
    for (const revision of [1, 3, 5]) {
      run.sent(revision)
      run.said('hm?', revision + 1)
    }
    assert.deepEqual(run.nodes, ['menu', 'menu', 'menu'])
    assert.equal(run.end, 'handed_over: misses')
  })

  it('takes the fallback edge where there is one', () => {
    const run = new Told(
      graphOf(question('menu', edge('a', 'button_click', 'Yes'), edge('b', 'fallback')), question('a'), question('b')),
    )
    run.sent(1)
    run.said('hm?', 2)
    assert.deepEqual(run.nodes, ['menu', 'b'])
  })

  it('takes what was said for `any` before the fallback', () => {
    const run = new Told(
      graphOf(question('menu', edge('b', 'fallback'), edge('a', 'any')), question('a'), question('b')),
    )
    run.sent(1)
    run.said('whatever', 2)
    assert.deepEqual(run.nodes, ['menu', 'a'])
  })

  it('times out when nobody answers, not a moment before', () => {
    const run = new Told(menu)
    run.sent(1)
    const timeOut = { type: 'TimeOutRun', step: 1 } as const
    assert.equal(run.tell({ ...timeOut, ...walkOn(menu, minutesLater(24 * 60 - 1)) }).length, 0)
    run.tell({ ...timeOut, ...walkOn(menu, minutesLater(24 * 60)) })
    assert.equal(run.end, 'timed_out: timeout')
    assert.equal(run.said('Track Order', 2).length, 0)
  })

  it('waits for its time', () => {
    const graph = graphOf(action('pause', { type: 'wait', seconds: 60 }, edge('bye', 'any')), question('bye'))
    const run = new Told(graph)
    const timeOut = { type: 'TimeOutRun', step: 1 } as const
    assert.equal(run.tell({ ...timeOut, ...walkOn(graph, noon) }).length, 0)
    run.tell({ ...timeOut, ...walkOn(graph, minutesLater(1)) })
    assert.deepEqual(run.nodes, ['pause', 'bye'])
  })

  it('branches on conditions, and on webhooks that fail', () => {
    const graph = graphOf(
      {
        id: 'vip?',
        type: 'condition',
        condition: { field: 'contact.email', op: 'exists' },
        edges: [edge('call', 'true')],
      },
      action('call', { type: 'webhook', url: 'https://shop.demo.test' }, edge('ok', 'any'), edge('sorry', 'fallback')),
      question('ok'),
      question('sorry'),
    )
    const run = new Told(graph)
    run.tell({ type: 'CompleteStep', step: 1, result: { kind: 'condition', holds: true }, ...walkOn(graph) })
    run.tell({ type: 'CompleteStep', step: 2, result: { kind: 'webhook', status: 500 }, ...walkOn(graph) })
    assert.deepEqual(run.nodes, ['vip?', 'call', 'sorry'])
    const other = new Told(graph)
    other.tell({ type: 'CompleteStep', step: 1, result: { kind: 'condition', holds: false }, ...walkOn(graph) })
    assert.equal(other.end, 'completed: end')
  })

  it('leaves it to people where it has no answer, and no edge says what else to do', () => {
    const none = { type: 'CompleteStep', step: 1, result: { kind: 'refused', why: 'no-suggestion' } } as const
    for (const [edges, nodes, end] of [
      [[], ['ai'], 'handed_over: no-suggestion'],
      [[edge('sorry', 'fallback')], ['ai', 'sorry'], undefined],
      [[edge('sorry', 'any')], ['ai', 'sorry'], undefined],
    ] as const) {
      const graph = graphOf(action('ai', { type: 'ai_reply' }, ...edges), question('sorry'))
      const run = new Told(graph)
      run.tell({ ...none, ...walkOn(graph) })
      assert.deepEqual([run.nodes, run.end], [nodes, end])
    }
  })

  it('keeps variables, hands over, closes', () => {
    const graph = graphOf(
      action('set', { type: 'set_variable', name: 'order', value: '{{reply}}' }, edge('human', 'any')),
      action('human', { type: 'handover' }, edge('set', 'any')),
    )
    const run = new Told(graph)
    const done = { type: 'CompleteStep', result: { kind: 'done' }, ...walkOn(graph) } as const
    run.tell({ ...done, step: 1, variable: { name: 'order', value: 'A-17' } })
    assert.deepEqual(run.state.status === 'active' && run.state.variables, { order: 'A-17' })
    run.tell({ ...done, step: 2 })
    assert.equal(run.end, 'handed_over: handover')
  })

  it('takes a hundred steps at most', () => {
    const graph = graphOf(question('a', edge('a', 'any')))
    const run = new Told(graph)
    for (let n = 1; run.end === undefined && n < 1000; n += 2) {
      run.sent(n)
      run.said('and on', n + 1)
    }
    assert.equal(run.nodes.length, 100)
    assert.equal(run.end, 'failed: too-many-steps')
  })

  it('ends once, by whatever comes first', () => {
    const run = new Told(menu)
    run.tell({ type: 'EndRun', outcome: 'taken_over', why: 'agent' })
    run.tell({ type: 'EndRun', outcome: 'stopped', why: 'closed' })
    assert.equal(run.sent(1).length, 0)
    assert.equal(run.end, 'taken_over: agent')
  })
})
