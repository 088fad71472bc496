import assert from 'node:assert/strict'
import fc from 'fast-check'
import { classOf, middleOf } from './duration-scale.ts'

describe('the scale of durations', () => {
  it('is nowhere more than 1 % off', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.maxSafeNat()), (ms) => {
        const error = Math.abs(middleOf(classOf(ms)) - ms)
        assert.ok(error <= ms * 0.010000001, `${ms} ms became ${middleOf(classOf(ms))}`)
      }),
    )
    assert.equal(middleOf(classOf(0)), 0)
  })

  it('never changes, since read models hold it', () => {
    assert.deepEqual([0, 1, 1000, 60_000, 86_400_000].map(classOf), [0, 1, 347, 552, 915])
  })
})
