import assert from 'node:assert/strict'
import fc from 'fast-check'
import { edgeTriggers } from '../../../schemas/flow/graph.ts'
import { edgeOf, edgeView } from './elements.ts'

const flow = '10000000-0000-4000-8000-000000000007'
const ends = { source_node: 'a', target_node: 'b' }
const drawn = { flow, ...ends, animated: true }
const said = fc
  .record({ trigger: fc.constantFrom(...edgeTriggers), text: fc.stringMatching(/^\S(.{0,80}\S)?$/) })
  .map(({ trigger, text }) => {
    return { trigger, trigger_value: trigger === 'button_click' || trigger === 'text' ? text.trim() : null }
  })

describe('an edge', () => {
  it('reads as it was said, by its fields or by its label, and in either notation again', () => {
    fc.assert(
      fc.property(said, fc.option(fc.constantFrom('Timeout', 'to the shop'), { nil: undefined }), (trigger, label) => {
        const edge = edgeOf({ ...drawn, ...trigger, ...(label === undefined ? {} : { label }) }, 'e')
        assert.ok(!Array.isArray(edge))
        const view = edgeView(flow, edge)
        assert.deepEqual([view.trigger, view.trigger_value], [trigger.trigger, trigger.trigger_value])
        assert.deepEqual([view.source_node, view.target, view.id, view.flow], ['a', 'b', 'e', flow])
        assert.equal('animated' in edge, true)
        // ReactFlow has only the label.
        const { source, target } = edge
        const again = edgeOf({ flow, source, target, label: String(edgeView(flow, edge).label) }, 'e')
        if (label === undefined) assert.deepEqual(again, { id: 'e', source, target, label: view.label })
      }),
    )
  })

  it('is refused without ends, or with two that differ', () => {
    const pathsOf = (body: object) => {
      const edge = edgeOf({ flow, ...body }, 'e')
      return Array.isArray(edge) ? edge.map(({ path }) => path) : []
    }
    assert.deepEqual(pathsOf({}), ['/source_node', '/target_node'])
    assert.deepEqual(pathsOf({ ...ends, source: 'c' }), ['/source'])
    assert.deepEqual(pathsOf({ ...ends, trigger: 'button_click' }), ['/trigger_value'])
  })
})
