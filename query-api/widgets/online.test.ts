import assert from 'node:assert/strict'
import type { BusinessHours } from '../../schemas/workspace/settings.ts'
import { isOpenAt } from './online.ts'

const office: BusinessHours = {
  sunday: [{ from: '02:30', to: '03:30' }],
  monday: [
    { from: '09:00', to: '12:00' },
    { from: '13:00', to: '17:30' },
  ],
  friday: [{ from: '22:00', to: '24:00' }],
  saturday: [{ from: '00:00', to: '02:00' }],
}

describe('business hours', () => {
  const cases: [string, string, string, boolean][] = [
    ['begin with their first minute', 'Europe/Berlin', '2026-01-12T08:00:00Z', true],
    ['do not begin before it', 'Europe/Berlin', '2026-01-12T07:59:59.999Z', false],
    ['are over at the minute in which they end', 'Europe/Berlin', '2026-01-12T16:30:00Z', false],
    ['rest between two stretches', 'Europe/Berlin', '2026-01-12T11:30:00Z', false],
    ['leave a day without any closed', 'Europe/Berlin', '2026-01-13T10:00:00Z', false],
    ['go by the day of the zone, which may be another one', 'Pacific/Auckland', '2026-01-11T20:30:00Z', true],
    ['begin an hour earlier by UTC in summer', 'Europe/Berlin', '2026-07-13T07:00:00Z', true],
    ['last up to midnight', 'Europe/Berlin', '2026-01-16T22:59:59Z', true],
    ['go on after midnight where the next day says so', 'Europe/Berlin', '2026-01-16T23:00:00Z', true],
    // In Berlin 02:00 becomes 03:00 on 29 March 2026, and 03:00 becomes 02:00 on 25 October 2026, both at 01:00 UTC.
    ['have not begun in the minute before the hour that spring skips', 'Europe/Berlin', '2026-03-29T00:59:00Z', false],
    ['have what is left of a stretch that spring cuts', 'Europe/Berlin', '2026-03-29T01:00:00Z', true],
    ['count in the hour that autumn has twice, the first time', 'Europe/Berlin', '2026-10-25T00:30:00Z', true],
    ['count in it the second time', 'Europe/Berlin', '2026-10-25T01:30:00Z', true],
    [
      'do not count in its first half, which is none of theirs either time',
      'Europe/Berlin',
      '2026-10-25T01:00:00Z',
      false,
    ],
  ]
  for (const [name, zone, instant, open] of cases) {
    it(name, () => {
      assert.equal(isOpenAt(office, zone, new Date(instant)), open)
    })
  }

  it('are always open where none are set, and never where no day has any', () => {
    assert.equal(isOpenAt(null, 'UTC', new Date(0)), true)
    assert.equal(isOpenAt({}, 'UTC', new Date(0)), false)
  })
})
