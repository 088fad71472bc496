import assert from 'node:assert/strict'
import { type FlowEvent, flowDefaults } from '../../../schemas/flow/events.ts'
import { given, stateOf } from '../../testing/given.ts'
import { withEdge, withNode, withNodeChanged, withoutEdge, withoutNode } from './elements.ts'
import { type FlowCommand, flow, hasUnpublishedChanges, latestOf } from './flow.ts'

const flowId = '10000000-0000-4000-8000-000000000007'
const empty = { nodes: [], edges: [] }
const draft = { name: 'Welcome', startTemplate: null, flowData: empty, settings: flowDefaults }
const created: FlowEvent = { type: 'FlowCreated', data: { flowId, ...draft } }
const activated = (version: number): FlowEvent => ({ type: 'FlowActivated', data: { flowId, version } })
const renamed = (name: string): FlowEvent => ({ type: 'FlowUpdated', data: { flowId, changes: { name } } })
const deactivated: FlowEvent = { type: 'FlowDeactivated', data: { flowId } }
const deleted: FlowEvent = { type: 'FlowDeleted', data: { flowId } }
const revise = (changes: object, active?: boolean): FlowCommand => ({
  type: 'ReviseFlow',
  revise: () => changes,
  active,
})

describe('a flow', () => {
  it('is made once, active at once where it is wished', () => {
    given(flow).when({ type: 'CreateFlow', flowId, draft, active: false }).yields(created)
    given(flow).when({ type: 'CreateFlow', flowId, draft, active: true }).yields(created, activated(1))
    given(flow, created).when({ type: 'CreateFlow', flowId, draft, active: true }).refused('already-exists')
  })

  it('records of its draft only what changes', () => {
    given(flow, created)
      .when(revise({ name: 'Hello', flowData: { edges: [], nodes: [] } }))
      .yields(renamed('Hello'))
    given(flow, created)
      .when(revise({ name: 'Welcome' }))
      .yields()
  })

  it('becomes a version when it is activated, and a new one only where it differs', () => {
    given(flow, created).when(revise({}, true)).yields(activated(1))
    given(flow, created, activated(1)).when(revise({}, true)).yields()
    given(flow, created, activated(1))
      .when(revise({ name: 'Hello' }, true))
      .yields(renamed('Hello'), activated(2))
    given(flow, created, activated(1), deactivated).when(revise({}, true)).yields(activated(1))
    given(flow, created, activated(1), renamed('Hello'), renamed('Welcome')).when(revise({}, true)).yields()
  })

  it('starts no more runs once it is deactivated', () => {
    given(flow, created, activated(1)).when(revise({}, false)).yields(deactivated)
    given(flow, created).when(revise({}, false)).yields()
  })

  it('keeps its versions as they were, also when it is deleted', () => {
    const state = stateOf(flow, [created, activated(1), renamed('Hello'), activated(2), renamed('Third'), deleted])
    assert.ok(state.status === 'deleted')
    assert.deepEqual(
      [...state.versions].map(([number, { draft }]) => [number, draft.name]),
      [
        [1, 'Welcome'],
        [2, 'Hello'],
      ],
    )
    assert.deepEqual([state.active, hasUnpublishedChanges(state)], [false, true])
  })

  it('keeps so many versions at hand as there is room for, and knows where the others are', () => {
    const drawn = (n: number): FlowEvent => {
      const flowData = { nodes: [{ id: `n${n}`, type: 'action', notes: 'x'.repeat(900_000) }], edges: [] }
      return { type: 'FlowUpdated', data: { flowId, changes: { flowData } } }
    }
    const events = [1, 2, 3].flatMap((n) => [drawn(n), activated(n)])
    const state = stateOf(flow, [created, ...events, activated(3)])
    assert.ok(state.status === 'there')
    assert.deepEqual(
      [[...state.versions.keys()], state.activations],
      [
        [2, 3],
        [2, 4, 6],
      ],
    )
    assert.equal(latestOf(state)?.version, 3)
    given(flow, created, ...events)
      .when(revise({ name: 'Hello' }, true))
      .yields(renamed('Hello'), activated(4))
  })

  it('is nowhere before it is made and after it is deleted', () => {
    for (const command of [{ type: 'DeleteFlow' }, revise({ name: 'x' })] as const) {
      given(flow).when(command).refused('not-found')
      given(flow, created, deleted).when(command).refused('not-found')
    }
  })
})

describe('nodes and edges of a flow', () => {
  const a = { id: 'a', type: 'template' }
  const b = { id: 'b', type: 'action', position: { x: 1 } }
  const edge = { id: 'e', source: 'a', target: 'b' }
  const graph = { nodes: [a, b], edges: [edge], viewport: { zoom: 1 } }

  it('are added, changed and taken out, and the rest of the graph stays', () => {
    assert.deepEqual(withNode({ ...graph, nodes: [a] }, b), graph)
    assert.deepEqual(withEdge({ ...graph, edges: [] }, edge), graph)
    assert.deepEqual(withNodeChanged(graph, 'b', { type: 'condition' }).nodes, [a, { ...b, type: 'condition' }])
    assert.deepEqual(withoutEdge(graph, 'e'), { ...graph, edges: [] })
    assert.deepEqual(withoutNode(graph, 'b'), { ...graph, nodes: [a], edges: [] })
  })

  it('have ids of their own', () => {
    assert.throws(() => withNode(graph, a), { code: 'already-exists' })
    assert.throws(() => withEdge(graph, edge), { code: 'already-exists' })
    assert.throws(() => withNodeChanged(graph, 'x', {}), { code: 'not-found' })
    assert.throws(() => withoutNode(graph, 'x'), { code: 'not-found' })
    assert.throws(() => withoutEdge(graph, 'x'), { code: 'not-found' })
  })
})
