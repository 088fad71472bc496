import assert from 'node:assert/strict'
import fc from 'fast-check'
import { edgeTriggers } from '../../../schemas/flow/graph.ts'
import { missingButtons } from './buttons.ts'
import { checkDraft, readGraph } from './read.ts'
import { gapsOf, templatesSent, unsetInTemplates } from './templates.ts'
import { labelOf, triggerOf } from './trigger.ts'

const welcome = '20000000-0000-4000-8000-000000000001'
const tracking = '20000000-0000-4000-8000-000000000002'
const noHint = { startTemplate: null }

const template = (id: string, templateId = welcome) => ({ id, type: 'template', data: { template_id: templateId } })
const tag = (id: string) => ({ id, type: 'action', data: { action: { type: 'tag', tag: 'vip' } } })
const edge = (source: string, target: string, label?: unknown) => ({
  id: `${source}-${target}-${label}`,
  source,
  target,
  label,
})

function problemsOf(nodes: unknown[], edges: unknown[] = []): { path: string; message: string }[] {
  const read = readGraph({ nodes, edges }, noHint)
  return read.ok ? [] : read.problems
}
const pathsOf = (nodes: unknown[], edges: unknown[] = []) => problemsOf(nodes, edges).map(({ path }) => path)

describe('a graph', () => {
  it('is read from what the builder keeps: the example of document E', () => {
    const nodes = [
      { ...template('node-1'), position: { x: 100, y: 100 } },
      {
        id: 'node-2',
        type: 'template',
        data: { template_id: tracking, timeout_seconds: 60, variables: { order_id: '{{reply}}' } },
      },
    ]
    const read = readGraph(
      { nodes, edges: [{ ...edge('node-1', 'node-2', 'Button: Track Order'), animated: true }] },
      noHint,
    )
    assert.ok(read.ok)
    assert.equal(read.graph.start, 'node-1')
    const first = { id: 'node-1', type: 'template', templateId: welcome, variables: {}, timeoutSeconds: null }
    const taken = {
      id: 'node-1-node-2-Button: Track Order',
      target: 'node-2',
      trigger: 'button_click',
      value: 'Track Order',
    }
    assert.deepEqual(read.graph.nodes.get('node-1'), { ...first, edges: [taken] })
    const second = { templateId: tracking, variables: { 'variables.order_id': '{{reply}}' }, timeoutSeconds: 60 }
    assert.deepEqual(read.graph.nodes.get('node-2'), { id: 'node-2', type: 'template', ...second, edges: [] })
  })

  it('knows conditions and actions, nested or flat', () => {
    const condition = { field: 'reply', op: 'equals', value: 'yes' }
    const nodes = [
      { id: 'c1', type: 'condition', data: { ...condition, label: 'Yes?' } },
      { id: 'c2', type: 'condition', data: { condition } },
      { id: 'a1', type: 'action', data: { action_type: 'assign', agent_id: welcome, color: 'red' } },
      { id: 'a2', type: 'action', data: { action: 'wait', seconds: 5 } },
      { id: 'a3', type: 'action', data: { action: { type: 'handover' } } },
    ]
    const edges = [edge('c1', 'c2', 'True'), edge('c1', 'a1', 'False'), edge('a1', 'a2'), edge('c2', 'a3', 'true')]
    const read = readGraph({ nodes, edges }, noHint)
    assert.ok(read.ok)
    const found = [...read.graph.nodes.values()].map((node) =>
      node.type === 'condition' ? node.condition : node.type === 'action' ? node.action : undefined,
    )
    const actions = [{ type: 'assign', agentId: welcome }, { type: 'wait', seconds: 5 }, { type: 'handover' }]
    assert.deepEqual(found, [condition, condition, ...actions])
  })

  it('begins at its start template, else where no edge leads to', () => {
    const nodes = [tag('a'), template('b'), template('c', tracking)]
    const edges = [edge('a', 'b'), edge('b', 'c', 'Any')]
    const startOf = (startTemplate: string | null) => {
      const read = readGraph({ nodes, edges }, { startTemplate })
      return read.ok ? read.graph.start : undefined
    }
    assert.equal(startOf(null), 'a')
    assert.equal(startOf(tracking), 'c')
    assert.deepEqual(pathsOf([tag('a'), tag('b')]), ['/flow_data/nodes'])
    assert.deepEqual(pathsOf([template('a'), template('b')], [edge('a', 'b'), edge('b', 'a')]), ['/flow_data/nodes'])
  })

  it('is refused with the place of each mistake', () => {
    assert.deepEqual(pathsOf([]), ['/flow_data/nodes'])
    assert.deepEqual(pathsOf([{ id: 'x', type: 'sms' }]), ['/flow_data/nodes/0/type'])
    assert.deepEqual(pathsOf([{ id: 'x', type: 'template', data: {} }]), ['/flow_data/nodes/0/data/template_id'])
    assert.deepEqual(pathsOf([{ id: 'x', type: 'action', data: { action: 'dance' } }]), [
      '/flow_data/nodes/0/data/action',
    ])
    assert.deepEqual(pathsOf([{ id: 'x', type: 'action', data: { action: { type: 'wait' } } }]), [
      '/flow_data/nodes/0/data/action/seconds',
    ])
    const reply = (text: string) => ({ id: 'x', type: 'action', data: { action: { type: 'reply', text } } })
    assert.deepEqual(pathsOf([reply('Hi {{name')]), ['/flow_data/nodes/0/data/action/text'])
    const condition = (data: object) => ({ id: 'x', type: 'condition', data })
    assert.deepEqual(pathsOf([condition({ field: 'x', op: 'equals', value: 1 })]), ['/flow_data/nodes/0/data/field'])
    assert.deepEqual(pathsOf([condition({ field: 'reply', op: 'in', value: 'a' })]), ['/flow_data/nodes/0/data/value'])
    assert.deepEqual(pathsOf([tag('a'), tag('a')]), ['/flow_data/nodes/1/id'])
    assert.deepEqual(pathsOf([tag('a')], [edge('a', 'b')]), ['/flow_data/edges/0/target'])
    assert.deepEqual(pathsOf([tag('a')], [edge('b', 'a')]), ['/flow_data/edges/0/source'])
  })

  it('has no two edges with one trigger, and none that its node cannot be left by', () => {
    const nodes = [template('a'), tag('b'), tag('c')]
    const twice = problemsOf(nodes, [
      edge('a', 'b', 'Button: Yes'),
      { ...edge('a', 'c'), trigger: 'button_click', trigger_value: ' YES ' },
    ])
    assert.match(twice[0]?.message ?? '', /leave node a by the same trigger, button_click "YES"/)
    assert.deepEqual(pathsOf(nodes, [edge('a', 'b', 'Button: Yes'), edge('a', 'c', 'Text: Yes')]), [])
    assert.deepEqual(pathsOf(nodes, [edge('a', 'b', 'True'), edge('b', 'c', 'Timeout')]), [
      '/flow_data/edges/0',
      '/flow_data/edges/1',
    ])
  })

  it('may go in a circle only past a question', () => {
    const circle = [tag('a'), tag('b'), tag('c'), template('q')]
    const edges = [edge('q', 'a', 'Any'), edge('a', 'b'), edge('b', 'c')]
    assert.deepEqual(pathsOf(circle, [...edges, edge('c', 'q')]), ['/flow_data/nodes'])
    assert.ok(readGraph({ nodes: circle, edges: [...edges, edge('c', 'q')] }, { startTemplate: welcome }).ok)
    const [endless] = problemsOf(circle, [...edges, edge('c', 'a')])
    assert.match(endless?.message ?? '', /nodes a, b, c form a cycle/)
  })

  it('warns of nodes that nothing leads to, and of labels that say nothing', () => {
    const read = readGraph(
      { nodes: [template('a'), tag('b'), tag('c')], edges: [edge('a', 'b', 'to the shop')] },
      { startTemplate: welcome },
    )
    assert.ok(read.ok)
    assert.deepEqual(
      read.warnings.map(({ path }) => path),
      ['/flow_data/edges/0/label', '/flow_data/nodes/2'],
    )
  })

  it('warns of variables that texts show or conditions ask for, and that nothing sets', () => {
    const act = (id: string, action: object) => ({ id, type: 'action', data: { action } })
    const nodes = [
      { ...template('a'), data: { template_id: welcome, variables: { name: '{{who}} {{contact.name}}' } } },
      act('b', { type: 'reply', text: '{{order_id}} {{gone}} {{gone | away}} {{reply}}' }),
      { id: 'c', type: 'action', data: { action_type: 'handover', note: 'Ask {{gone}}', colour: 'red' } },
      act('d', { type: 'webhook', url: 'https://shop.example', body: { a: [{ b: '{{gone}}' }] }, saveAs: 'found' }),
      act('e', { type: 'set_variable', name: 'order_id', value: '{{found}}{{gone}}' }),
      { id: 'f', type: 'condition', data: { condition: { field: 'variables.gone', op: 'exists' } } },
      { id: 'g', type: 'condition', data: { field: 'variables.found', op: 'exists' } },
    ]
    const order = ['a', 'b', 'd', 'e', 'f', 'g', 'c']
    const way = (from = '') => (from === 'f' || from === 'g' ? 'True' : 'Any')
    const edges = order.slice(1).map((id, index) => edge(order[index] ?? '', id, way(order[index])))
    const odd = { field: 'reply', op: 'gt', value: 'many' }
    nodes.push({ id: 'h', type: 'condition', data: odd })
    edges.push(edge('a', 'h', 'Timeout'))
    const { problems, unset, warnings } = checkDraft({ nodes, edges }, noHint)
    const texts = [
      '/flow_data/nodes/0/data/variables',
      '/flow_data/nodes/1/data/action/text',
      '/flow_data/nodes/2/data/note',
      '/flow_data/nodes/3/data/action/body',
      '/flow_data/nodes/4/data/action/value',
    ]
    assert.deepEqual(problems, [])
    assert.deepEqual(
      unset.map(({ path }) => path),
      texts,
    )
    assert.match(unset[1]?.message ?? '', /\{\{gone\}\} is set by nothing/)
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['/flow_data/nodes/5/data/condition/field', '/flow_data/nodes/7/data/value', '/flow_data/nodes/7', ...texts],
    )
  })

  it('warns of edges by a button that the template does not have', () => {
    const nodes = [template('a'), template('b', tracking), tag('c')]
    const edges = [
      edge('a', 'b', 'Button: YES '),
      edge('a', 'c', 'Button: y'),
      edge('a', 'a', 'Button: Perhaps'),
      edge('b', 'c', 'Button: Yes'),
    ]
    const { nodes: read } = checkDraft({ nodes, edges }, { startTemplate: welcome })
    assert.deepEqual(templatesSent(read), [welcome, tracking])
    const known = new Map([[welcome, { name: 'menu', buttons: [{ label: 'Yes', value: 'Y' }, { label: 'No' }] }]])
    assert.deepEqual(missingButtons({ nodes, edges }, read, known), [
      {
        path: '/flow_data/edges/2',
        message: 'edge a-a-Button: Perhaps: template menu has no button "Perhaps"; it has Yes, No',
      },
    ])
  })

  it('warns of variables that its templates show and that nothing sets', () => {
    const setting = { id: 's', type: 'action', data: { action_type: 'set_variable', name: 'plan', value: 'basic' } }
    const nodes = [
      template('a'),
      setting,
      { id: 'b', type: 'template', data: { template_id: welcome, variables: { zzz: '1' } } },
    ]
    const checked = checkDraft({ nodes, edges: [edge('a', 's', 'Any'), edge('s', 'b')] }, noHint)
    const body = 'Pick {{zzz}} {{plan}} {{yyy | 2}} {{contact.name}} {{zzz}}'
    const known = new Map([[welcome, { name: 'menu', body, buttons: [] }]])
    const told = unsetInTemplates(checked, known)
    assert.deepEqual(new Set(told.map(({ path }) => path)), new Set(['/flow_data/nodes/0/data/variables']))
    assert.match(told[0]?.message ?? '', /template menu shows \{\{zzz\}\}/)
    assert.deepEqual(gapsOf(welcome, { body }, checked.nodes), ['zzz'])
    assert.deepEqual(gapsOf(tracking, { body }, checked.nodes), [])
  })

  it('warns of edges that nothing takes, and of ends where a way on was to be', () => {
    const act = (id: string, type: string) => ({ id, type: 'action', data: { action: type } })
    const nodes = [
      template('a'),
      act('close', 'close'),
      act('people', 'handover'),
      { id: 'c', type: 'condition', data: { field: 'reply', op: 'exists' } },
      { id: 'd', type: 'condition', data: { field: 'reply', op: 'exists' } },
      { id: 'end', type: 'template', data: { template_id: welcome, timeout_seconds: 60 } },
    ]
    const edges = [
      edge('a', 'close', 'Button: Yes'),
      edge('a', 'people', 'Text: yes '),
      edge('a', 'c', 'Any'),
      edge('close', 'end'),
      edge('people', 'end', 'Fallback'),
      edge('c', 'd', 'True'),
      edge('c', 'end', 'Any'),
    ]
    const warned = (startTemplate: string | null) =>
      checkDraft({ nodes, edges }, { startTemplate }).warnings.map(({ path }) => path.replace('/flow_data', ''))
    const odd = ['/edges/1', '/edges/3', '/edges/4', '/edges/6', '/nodes/4', '/nodes/5/data/timeout_seconds']
    assert.deepEqual(warned(welcome), odd)
    assert.deepEqual(warned(null), odd)
    assert.deepEqual(warned(tracking), ['/start_template', ...odd])
  })

  it('warns of ways that no run can walk to their end', () => {
    const chain = (length: number) => Array.from({ length }, (_, n) => tag(`n${n}`))
    const inLine = (nodes: { id: string }[]) => nodes.slice(1).map(({ id }, n) => edge(`n${n}`, id))
    const warned = (nodes: { id: string }[], more: object[] = []) =>
      checkDraft({ nodes, edges: [...inLine(nodes), ...more] }, noHint).warnings.map(({ message }) => message)
    assert.deepEqual(warned(chain(100)), [])
    assert.match(warned(chain(101)).join(), /^the shortest way to an end, at node n100, takes 101 steps/)
    assert.deepEqual(warned(chain(1000), [edge('n50', 'n951', 'Fallback')]), [])
  })

  it('that is a draft may be empty or begin nowhere yet', () => {
    const empty = checkDraft({ nodes: [], edges: [] }, noHint)
    assert.deepEqual([empty.problems, empty.warnings, empty.nodes.size], [[], [], 0])
    const { problems, warnings } = checkDraft({ nodes: [tag('a'), tag('b')], edges: [] }, noHint)
    assert.deepEqual([problems.length, warnings.length], [0, 1])
  })

  it('takes a ring of 10,000 nodes and no more', () => {
    const nodes = Array.from({ length: 10_000 }, (_, index) => tag(`n${index}`))
    const edges = nodes.slice(1).map(({ id }, index) => edge(`n${index}`, id))
    assert.ok(readGraph({ nodes, edges }, noHint).ok)
    assert.match(
      problemsOf(nodes, [...edges, edge('n9999', 'n0')])[0]?.message ?? '',
      /n8, n9 and 9990 more form a cycle/,
    )
    assert.deepEqual(pathsOf([...nodes, tag('one more')]), ['/flow_data/nodes'])
  })

  it('made to break it is a problem', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)
    const hostile: unknown[] = [
      { nodes: [{ ...tag('a'), deep }], edges: [] },
      { nodes: [JSON.parse('{"id":"a","type":"action","data":{"__proto__":{"action":"close"}}}')], edges: [] },
      { nodes: [template('a')], edges: [edge('a', 'a', `Button: ${'x'.repeat(100_000)}`)] },
      ...[null, 1, 'x', [], {}, { nodes: {}, edges: [] }],
    ]
    for (const flowData of hostile) assert.equal(readGraph(flowData, noHint).ok, false)
    // Names that objects have of themselves are names like others.
    const names = ['constructor', 'toString', 'hasOwnProperty']
    const [one = '', two = '', three = ''] = names
    assert.ok(readGraph({ nodes: names.map(tag), edges: [edge(one, two), edge(two, three)] }, noHint).ok)
  })

  it('of any kind is read or refused, and left as it is', () => {
    const id = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')
    const node = fc.oneof(
      fc.record({
        id,
        type: fc.constantFrom('template', 'condition', 'action', 'x'),
        data: fc.dictionary(fc.constantFrom('template_id', 'action', 'field', 'op', 'value'), fc.jsonValue()),
      }),
      id.map((one) => tag(one)),
      id.map((one) => template(one)),
      fc.jsonValue(),
    )
    const anyEdge = fc.record({
      id: fc.string({ minLength: 1 }),
      source: id,
      target: id,
      label: fc.oneof(fc.constantFrom('Any', 'True', 'Button: x', 'Text:'), fc.jsonValue()),
    })
    fc.assert(
      fc.property(
        fc.oneof(fc.record({ nodes: fc.array(node), edges: fc.array(anyEdge) }), fc.jsonValue()),
        (flowData) => {
          const before = JSON.stringify(flowData)
          const read = readGraph(flowData, noHint)
          assert.equal(JSON.stringify(flowData), before)
          assert.ok(read.ok || read.problems.length > 0)
          if (!read.ok) return
          for (const { edges } of read.graph.nodes.values())
            for (const { target } of edges) assert.ok(read.graph.nodes.has(target))
        },
      ),
    )
  })
})

describe('a trigger', () => {
  const triggers = fc
    .record({
      trigger: fc.constantFrom(...edgeTriggers),
      said: fc.string({ maxLength: 100 }).filter((text) => text.trim() !== ''),
    })
    .map(({ trigger, said }) => ({
      trigger,
      value: trigger === 'button_click' || trigger === 'text' ? said.trim() : null,
    }))

  it('is the same in both notations', () => {
    fc.assert(
      fc.property(triggers, (trigger) => {
        const ends = { id: 'e', source: 'a', target: 'b' }
        const byFields = triggerOf({
          ...ends,
          label: 'Timeout',
          trigger: trigger.trigger,
          trigger_value: trigger.value,
        })
        assert.deepEqual(byFields, { ok: true, trigger })
        assert.deepEqual(triggerOf({ ...ends, label: labelOf(trigger) }), { ok: true, trigger })
      }),
    )
  })
})
