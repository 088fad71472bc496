import assert from 'node:assert/strict'
import { dayOn, lastDays } from './calendar.ts'
import { meanMinutes, trend } from './rates.ts'
import { boundariesAt } from './windows.ts'

const iso = (ms = 0) => new Date(ms).toISOString()

describe('windows of the figures', () => {
  it('run between midnights of the workspace’s time zone', () => {
    assert.deepEqual(boundariesAt(new Date('2026-01-15T23:30:00Z'), 'Europe/Berlin').map(iso), [
      '2025-11-17T23:00:00.000Z',
      '2025-12-17T23:00:00.000Z',
      '2026-01-15T23:00:00.000Z',
      '2026-01-16T23:00:00.000Z',
    ])
  })

  it('are calendar days where clocks change', () => {
    const of = (now: string) => lastDays(new Date(now), 'Europe/Berlin', 1)
    const spring = of('2026-03-29T10:00:00Z')
    assert.deepEqual(spring.days, [
      { date: '2026-03-29', from: Date.parse('2026-03-28T23:00:00Z'), to: Date.parse('2026-03-29T22:00:00Z') },
    ])
    const hour = 3_600_000
    assert.deepEqual(
      spring.spans.map(({ from, to, offset }) => [(to - from) / hour, offset / hour]),
      [
        [2, 1],
        [21, 2],
      ],
    )
    const [autumn] = of('2026-10-25T00:30:00Z').days
    assert.deepEqual([iso(autumn?.from), iso(autumn?.to)], ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
  })

  it('begin with the first instant of a day that has no midnight', () => {
    // In Cairo, clocks go from 24 April 2026, 00:00, to 01:00.
    const [day] = lastDays(new Date('2026-04-24T12:00:00Z'), 'Africa/Cairo', 1).days
    assert.deepEqual([day?.date, iso(day?.from)], ['2026-04-24', '2026-04-23T22:00:00.000Z'])
  })

  it('know zones of half and quarter hours, and far from Greenwich', () => {
    const begins = (timeZone: string) => iso(lastDays(new Date('2026-01-15T12:00:00Z'), timeZone, 1).days[0]?.from)
    assert.equal(begins('Asia/Kathmandu'), '2026-01-14T18:15:00.000Z')
    assert.equal(begins('Pacific/Kiritimati'), '2026-01-15T10:00:00.000Z')
    assert.equal(begins('Pacific/Chatham'), '2026-01-15T10:15:00.000Z')
  })

  it('follow each other without a gap over a year', () => {
    for (const timeZone of ['UTC', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca']) {
      const { days, spans } = lastDays(new Date('2026-04-24T12:00:00Z'), timeZone, 365)
      assert.deepEqual([days[0]?.date, days.at(-1)?.date], ['2025-04-25', '2026-04-24'])
      for (const chain of [days, spans]) {
        for (const [index, { from }] of chain.slice(1).entries()) assert.equal(from, chain[index]?.to)
      }
      assert.deepEqual([spans[0]?.from, spans.at(-1)?.to], [days[0]?.from, days.at(-1)?.to])
    }
  })

  it('know a day by its date, and what is none', () => {
    assert.equal(iso(dayOn('2026-03-29', 'Europe/Berlin')?.from), '2026-03-28T23:00:00.000Z')
    for (const date of ['2026-02-30', '0050-01-01', 'today']) assert.equal(dayOn(date, 'Europe/Berlin'), undefined)
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
