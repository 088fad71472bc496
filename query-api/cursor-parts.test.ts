import assert from 'node:assert/strict'
import { isCount, isId, isTime } from './cursor-parts.ts'

describe('what a cursor is made of', () => {
  it('is only what Postgres takes as well, since anybody may write one', () => {
    for (const time of ['2026-03-01T12:00:00.000Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']) {
      assert(isTime(time), time)
    }
    const noTimes = [
      '+275760-09-13T00:00:00.000Z',
      '0000-01-01T00:00:00.000Z',
      '2026-02-30T00:00:00.000Z',
      '2026-01-01',
    ]
    for (const part of [...noTimes, '2026-01-01T24:00:00.000Z', 1, null]) assert(!isTime(part), String(part))
    assert(isId('10000000-0000-4000-8000-000000000001') && !isId('10000000') && !isId(7))
    for (const count of [0, 7, 2 ** 31 - 1]) assert(isCount(count), String(count))
    for (const part of [-1, 1.5, 2 ** 31, 9e15, '7']) assert(!isCount(part), String(part))
  })
})
