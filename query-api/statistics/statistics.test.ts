import assert from 'node:assert/strict'
import { meanMinutes, trend } from './statistics.query.ts'
import { windowsAt } from './window.ts'

describe('windows of the admin’s figures', () => {
  it('run between midnights of the workspace’s time zone', () => {
    assert.deepEqual(windowsAt(new Date('2026-01-15T23:30:00Z'), 'Europe/Berlin'), {
      today: '2026-01-15T23:00:00.000Z',
      end: '2026-01-16T23:00:00.000Z',
      last30: '2025-12-17T23:00:00.000Z',
      before30: '2025-11-17T23:00:00.000Z',
    })
  })

  it('are calendar days where clocks change', () => {
    const spring = windowsAt(new Date('2026-03-29T10:00:00Z'), 'Europe/Berlin')
    assert.deepEqual([spring.today, spring.end], ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
    const autumn = windowsAt(new Date('2026-10-25T00:30:00Z'), 'Europe/Berlin')
    assert.deepEqual([autumn.today, autumn.end], ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
  })

  it('begin with the first instant of a day that has no midnight', () => {
    // In Cairo, clocks go from 24 April 2026, 00:00, to 01:00.
    assert.equal(windowsAt(new Date('2026-04-24T12:00:00Z'), 'Africa/Cairo').today, '2026-04-23T22:00:00.000Z')
  })

  it('know zones of half and quarter hours', () => {
    assert.equal(windowsAt(new Date('2026-01-15T12:00:00Z'), 'Asia/Kathmandu').today, '2026-01-14T18:15:00.000Z')
    assert.equal(windowsAt(new Date('2026-01-15T12:00:00Z'), 'Pacific/Kiritimati').today, '2026-01-15T10:00:00.000Z')
  })
})

describe('the admin’s figures', () => {
  it('compare windows in percent', () => {
    assert.deepEqual([trend(0, 0), trend(5, 0), trend(0, 5), trend(9, 8), trend(1, 3)], [0, 100, -100, 12.5, -66.7])
  })

  it('average in minutes, one decimal', () => {
    assert.deepEqual([meanMinutes(0, 0), meanMinutes(90_000, 1), meanMinutes(100_000, 3)], [0, 1.5, 0.6])
  })
})
