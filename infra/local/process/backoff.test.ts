import assert from 'node:assert/strict'
import fc from 'fast-check'
import { backoffMs } from './backoff.ts'

describe('the wait before the next start', () => {
  it('doubles with each failure, up to a quarter of a minute', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 7, 100].map((failures) => backoffMs(failures, 0.5)),
      [250, 500, 1000, 2000, 15_000, 15_000],
    )
  })

  it('is spread by a quarter to either side', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const middle = backoffMs(failures, 0.5)
        // Rounded to whole milliseconds.
        return Math.abs(backoffMs(failures, random) - middle) <= middle / 4 + 0.5
      }),
    )
  })
})
