import assert from 'node:assert/strict'
import { hoursErrors } from './business-hours.ts'
import type { BusinessHours } from './settings.ts'

describe('business hours are refused', () => {
  const cases: [string, BusinessHours | null, string[]][] = [
    ['nowhere where there are none', null, []],
    [
      'nowhere where one stretch ends as the next begins',
      { monday: [hours('13:00', '18:00'), hours('09:00', '13:00')] },
      [],
    ],
    [
      'nowhere where they go on at midnight',
      { friday: [hours('22:00', '24:00')], saturday: [hours('00:00', '02:00')] },
      [],
    ],
    ['where they end before they begin', { monday: [hours('22:00', '02:00')] }, ['/h/monday/0/to']],
    ['where they end as they begin', { monday: [hours('09:00', '09:00')] }, ['/h/monday/0/to']],
    ['where they overlap', { sunday: [hours('09:00', '12:00'), hours('11:59', '13:00')] }, ['/h/sunday/1']],
    ['where one lies within another', { sunday: [hours('09:00', '18:00'), hours('10:00', '11:00')] }, ['/h/sunday/1']],
  ]
  for (const [name, given, paths] of cases) {
    it(name, () =>
      assert.deepEqual(
        hoursErrors(given, '/h').map(({ path }) => path),
        paths,
      ),
    )
  }
})

function hours(from: string, to: string) {
  return { from, to }
}
