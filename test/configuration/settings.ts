import assert from 'node:assert/strict'
import type { Bench } from './bench.ts'

export function settingsTests(getBench: () => Bench): void {
  describe('the settings of a workspace', () => {
    let bench: Bench
    before(() => {
      bench = getBench()
    })

    it('are changed in part and read as they were answered', async () => {
      const before = await bench.read('/api/settings/workspace')
      assert.deepEqual(
        [before.status, before.body.id, before.body.timeZone],
        [200, bench.place.workspaceId, 'Europe/Berlin'],
      )
      const body = {
        timeZone: 'America/New_York',
        locale: 'de-CH',
        businessHours: { friday: [{ from: '22:00', to: '24:00' }] },
        autoAssignment: { mode: 'least_busy' },
        retentionDays: 400,
      }
      const changed = await bench.change('POST', '/api/settings/workspace', { body })
      const autoAssignment = { mode: 'least_busy', capacity: null }
      assert.deepEqual([changed.status, changed.body], [200, { ...before.body, ...body, autoAssignment }])
      const after = await bench.read('/api/settings/workspace')
      assert.deepEqual([after.body, after.headers.etag], [changed.body, changed.headers.etag])
      await bench.change('POST', '/api/settings/workspace', {
        body: { businessHours: null, autoAssignment: { mode: 'off' } },
      })
    })

    it('are refused where they make no sense', async () => {
      const bad: [object, string][] = [
        [{ timeZone: 'Mars/Olympus' }, '/timeZone'],
        [{ timeZone: '+01:00' }, '/timeZone'],
        [{ businessHours: { monday: [{ from: '9', to: '17:00' }] } }, '/businessHours/monday/0/from'],
        [{ businessHours: { monday: [{ from: '10:00', to: '10:00' }] } }, '/businessHours/monday/0/to'],
        [{ autoAssignment: { mode: 'random' } }, '/autoAssignment/mode'],
        [{ retentionDays: 0 }, '/retentionDays'],
        [{ colour: 'red' }, '/colour'],
      ]
      for (const [body, path] of bad) {
        const { status, body: problem } = await bench.change('POST', '/api/settings/workspace', { body })
        assert.deepEqual([status, (problem.errors as { path: string }[])[0]?.path], [400, path])
      }
    })
  })
}
