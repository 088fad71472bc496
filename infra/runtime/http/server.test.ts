import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Request } from './binding.ts'
import { agent, id, json, problem, startTestService, type TestService } from './testing/service.ts'

describe('the HTTP layer', () => {
  let service: TestService
  before(async () => {
    service = await startTestService()
  })
  after(() => service.stop())

  describe('hands to a handler', () => {
    it('params, query and body, checked and typed, and answers with revision and position', async () => {
      const response = await service.post(
        `/things/${id.toUpperCase()}?page=2`,
        '{"name":"Ada","note":null,"metadata":{"a":[1]}}',
      )
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('etag'), '"7"')
      assert.equal(response.headers.get('x-position'), '12/11')
      const seen = (await response.json()) as Request
      assert.deepEqual(seen.params, { id })
      assert.deepEqual(seen.query, { page: 2 })
      assert.deepEqual(seen.body, { name: 'Ada', note: null, metadata: { a: [1] } })
    })

    it('what the headers ask for', async () => {
      const headers = { ...json, 'idempotency-key': 'k-1', 'if-match': 'W/"7"', 'x-wait-for': '12/11' }
      const seen = (await (await service.post(`/things/${id}`, '{"name":"Ada"}', headers)).json()) as Record<
        string,
        unknown
      >
      assert.equal(seen.idempotencyKey, 'k-1')
      assert.equal(seen.ifMatch, 7)
      assert.equal(seen.waitFor, '12')
    })

    it('the trace of the caller, or one of its own', async () => {
      const trace = 'ab'.repeat(16)
      const ask = async (traceparent: string) =>
        (await (await service.post(`/things/${id}`, '{"name":"Ada"}', { ...json, traceparent })).json()) as Request
      assert.equal((await ask(`00-${trace}-${'cd'.repeat(8)}-01`)).trace, trace)
      for (const bad of ['nonsense', `00-${'0'.repeat(32)}-${'cd'.repeat(8)}-01`, `ff-${trace}-${'cd'.repeat(8)}-01`]) {
        const seen = await ask(bad)
        assert.notEqual(seen.trace, trace)
        assert.match(seen.trace, /^[0-9a-f]{32}$/)
      }
    })

    it('an empty body where one may be left out', async () => {
      const bearer = await service.as(agent)
      assert.equal((await service.post(`/things/${id}/close`, undefined, bearer)).status, 200)
      assert.equal((await service.post(`/things/${id}/close`, '', { ...json, ...bearer })).status, 200)
      assert.equal((await service.post(`/things/${id}/close`, '{"tags":["a"]}', { ...json, ...bearer })).status, 200)
    })

    it('fixed paths before parameters, with or without a slash at the end', async () => {
      for (const path of ['/things/latest', '/things/latest/']) {
        assert.equal(await (await fetch(service.url + path)).json(), 'the latest')
      }
      const head = await fetch(`${service.url}/things/latest`, { method: 'HEAD' })
      assert.equal(head.status, 200)
    })
  })

  describe('answers failures', () => {
    for (const how of ['log', 'postgres', 'shutdown', 'redis']) {
      it(`of ${how}: 503 with Retry-After`, async () => {
        const response = await fetch(`${service.url}/fail/${how}`)
        assert.ok(response.headers.get('retry-after'))
        await problem(response, 503, 'unavailable')
      })
    }

    it('of a projection that is behind: 504', async () => {
      await problem(await fetch(`${service.url}/fail/behind`), 504, 'projection-behind')
    })

    it('that nobody foresaw: 500, and tells nothing of them', async () => {
      const body = await problem(await fetch(`${service.url}/fail/unknown`), 500, 'internal')
      assert.ok(!JSON.stringify(body).includes('secret'))
    })

    it('of its own to answer as declared: 500, outside of production', async () => {
      await problem(await fetch(`${service.url}/drift`), 500, 'internal')
    })
  })

  it('tells whether it lives, whether it is ready, and what it measured', async () => {
    assert.equal((await fetch(`${service.url}/healthz`)).status, 200)
    assert.equal((await fetch(`${service.url}/readyz`)).status, 200)
    service.ready.reason = 'no leader'
    const response = await fetch(`${service.url}/readyz`)
    service.ready.reason = undefined
    assert.equal(response.status, 503)
    assert.deepEqual(await response.json(), { status: 'not ready', reason: 'no leader' })
    await service.post(`/things/${id}`, '{"name":"Ada"}')
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    assert.match(
      metrics,
      /http_request_duration_seconds_count\{service="test",method="POST",route="\/things\/\{id\}",status="200"/,
    )
  })

  it('finishes what is under way when it is told to stop, takes nothing new, and closes idle connections', async () => {
    const stopping = await startTestService()
    await (await fetch(`${stopping.url}/things/latest`)).text()
    const begun = once(stopping.slow, 'begun')
    const slow = fetch(`${stopping.url}/slow`)
    await begun
    const stopped = stopping.stop()
    await assert.rejects(fetch(`${stopping.url}/things/latest`))
    stopping.slow.emit('end')
    assert.equal(await (await slow).json(), 'at last')
    await stopped
  })
})
