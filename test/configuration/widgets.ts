import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Bench } from './bench.ts'

export function widgetTests(getBench: () => Bench): void {
  describe('a widget', () => {
    let bench: Bench
    before(() => {
      bench = getBench()
    })

    it('is read as it was answered, in lists too', async () => {
      const businessHours = { monday: [{ from: '09:00', to: '17:00' }] }
      const made = await bench.make('/api/admin/widgets', {
        name: 'Homepage',
        aiEnabled: true,
        allowedOrigins: ['https://shop.example'],
        identityVerification: 'required',
        businessHours,
        flowId: String((await bench.make('/chat-flow/flows/', { name: 'Flow' })).id),
      })
      assert.deepEqual(made.businessHours, businessHours)
      assert.equal(
        made.embedCode,
        `<script>window.ChatFlowConfig={widgetId:'${made.id}'};</script><script src='${bench.stack.config.publicUrl}/widget.js' async></script>`,
      )
      const found = await bench.read(`/api/widgets/${made.id}`)
      assert.deepEqual([found.status, found.body, found.headers.etag], [200, made, '"0"'])
      const listed = Object.values((await bench.read('/api/widgets')).body) as { id: string }[]
      assert.deepEqual(
        listed.map(({ id }) => id),
        [bench.place.widgetId, made.id],
      )
    })

    it('is changed in part, at the revision that was seen', async () => {
      const made = await bench.make('/api/widgets', { name: 'Before', themeColor: '#112233' })
      const path = `/api/widgets/${made.id}`
      const changed = await bench.change('PUT', path, { body: { name: 'After' }, headers: { 'if-match': '"0"' } })
      assert.deepEqual([changed.status, changed.body, changed.headers.etag], [200, { ...made, name: 'After' }, '"1"'])
      assert.deepEqual((await bench.read(path)).body, changed.body)
      const late = await bench.change('PUT', path, { body: { name: 'Too late' }, headers: { 'if-match': '"0"' } })
      assert.equal(late.status, 412)
      const wrong = await bench.change('PUT', path, {
        body: { businessHours: { monday: [{ from: '22:00', to: '02:00' }] } },
      })
      assert.deepEqual(
        [wrong.status, (wrong.body.errors as { path: string }[]).map(({ path }) => path)],
        [400, ['/businessHours/monday/0/to']],
      )
    })

    it('shows to anybody what it needs to draw itself, on pages that may show it', async () => {
      const made = await bench.make('/api/widgets', {
        name: 'Public',
        allowedOrigins: ['https://shop.example'],
        businessHours: {},
      })
      const path = `/api/widgets/${made.id}/public`
      const { status, body } = await bench.read(path, { headers: { origin: 'https://shop.example' } })
      const { id, name, welcomeMessage, themeColor, offlineMessage, aiEnabled, identityVerification } = made
      const drawn = { id, name, welcomeMessage, themeColor, offlineMessage, aiEnabled, identityVerification }
      assert.deepEqual([status, body], [200, { ...drawn, online: false, locale: 'en' }])
      assert.equal((await bench.read(path, {})).status, 200)
      assert.equal((await bench.read(path, { headers: { origin: 'https://evil.example' } })).status, 403)
      assert.equal((await bench.read(`/api/widgets/${bench.place.widgetId}/public`, {})).body.online, true)
      await bench.change('PUT', `/api/widgets/${id}`, { body: { active: false } })
      assert.equal((await bench.read(path, {})).status, 404)
    })

    it('starts conversations only while it is active, and for pages that may show it', async () => {
      const made = await bench.make('/api/widgets', { name: 'Strict', allowedOrigins: ['https://shop.example'] })
      const start = (origin?: string, token?: string) =>
        bench.command('POST', '/api/conversations', {
          token,
          body: { widgetId: made.id },
          headers: origin === undefined ? {} : { origin },
        })
      assert.equal((await start('https://shop.example')).status, 201)
      assert.equal((await start('https://evil.example')).status, 403)
      assert.equal((await start('https://console.example', bench.place.agent.token)).status, 201)
      assert.equal((await start()).status, 201)
      await bench.change('PUT', `/api/widgets/${made.id}`, { body: { active: false } })
      const refused = await start('https://shop.example')
      assert.deepEqual([refused.status, refused.body.type], [409, 'urn:parley:problem:conflict'])
      assert.match(String(refused.body.detail), /not active/)
    })

    it('is nowhere once it is deleted', async () => {
      const { id } = await bench.make('/api/widgets', { name: 'Short-lived' })
      const headers = { 'idempotency-key': randomUUID() }
      for (const _ of [1, 2])
        assert.equal((await bench.change('DELETE', `/api/widgets/${id}`, { headers })).status, 204)
      assert.equal((await bench.change('DELETE', `/api/widgets/${id}`)).status, 404)
      for (const path of [`/api/widgets/${id}`, `/api/widgets/${id}/public`])
        assert.equal((await bench.read(path)).status, 404)
      assert.equal((await bench.command('POST', '/api/conversations', { body: { widgetId: id } })).status, 404)
    })
  })
}
