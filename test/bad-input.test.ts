import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { CallOptions } from './call.ts'
import { type House, openSharedHouse } from './house.ts'

/** What a client may get wrong: the documented problem each, never a 500, and nothing stored. */
describe('bad input through the gateway', () => {
  let house: House
  let path: string
  let id: string

  before(async () => {
    house = await openSharedHouse()
    const { body } = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
    id = String(body.id)
    path = `/api/conversations/${id}/messages`
  })

  const bodies: Record<string, [number, CallOptions]> = {
    'malformed JSON': [400, { raw: '{"content": "Hello"', headers: { 'content-type': 'application/json' } }],
    'no JSON at all': [415, { raw: 'content=Hello', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    'a list': [400, { body: [{ content: 'Hello' }] }],
    'no content': [400, { body: {} }],
    'a number for content': [400, { body: { content: 7 } }],
    'an unknown field': [400, { body: { content: 'Hello', colour: 'red' } }],
    '10,001 characters': [400, { body: { content: 'x'.repeat(10_001) } }],
    'a body over 1 MB': [413, { body: { content: 'x', metadata: 'y'.repeat(1_100_000) } }],
    'a NUL character': [400, { body: { content: 'a\u0000b' } }],
    'half a surrogate pair': [400, { raw: '{"content": "\\ud800"}', headers: { 'content-type': 'application/json' } }],
    'an agent who is none': [403, { body: { content: 'Hello', senderType: 'agent', senderId: randomUUID() } }],
    'an unknown sender type': [400, { body: { content: 'Hello', senderType: 'king' } }],
    'a time in the other system': [403, { body: { content: 'Hello', occurredAt: '2020-01-01T00:00:00Z' } }],
    'an empty idempotency key': [400, { body: { content: 'Hello' }, headers: { 'idempotency-key': ' ' } }],
    'an If-Match that is no revision': [400, { body: { content: 'Hello' }, headers: { 'if-match': 'latest' } }],
    'a forged token': [401, { body: { content: 'Hello' }, token: 'aaaa.bbbb.cccc' }],
    'an unknown API key': [401, { body: { content: 'Hello' }, token: 'pk_nobody' }],
  }

  for (const [what, [status, options]] of Object.entries(bodies)) {
    it(`${what}: ${status}`, async () => {
      const answer = await house.call('POST', path, options)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      assertProblem(answer)
    })
  }

  it('ids that are none, or nobody’s: 400 and 404', async () => {
    const say = (at: string) => house.call('POST', `/api/conversations/${at}/messages`, { body: { content: 'Hello' } })
    assert.equal((await say('not-an-id')).status, 400)
    assert.equal((await say(randomUUID())).status, 404)
    const started = await house.call('POST', '/api/conversations', { body: { widgetId: randomUUID() } })
    assert.equal(started.status, 404)
    const missing = await house.call('POST', '/api/conversations', { body: {} })
    assert.deepEqual([missing.status, missing.body.detail], [400, 'widgetId is required'])
    assert.equal(missing.body.error, missing.body.detail)
  })

  it('expired, unsigned and wrongly signed tokens: 401', async () => {
    const { config } = house.stack
    const claims = { email: 'agent@demo.test', app_metadata: { workspace_id: house.demo.workspaceId, role: 'admin' } }
    const token = (secret: string, expires: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(house.demo.agent.id)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(new TextEncoder().encode(secret))
    const read = async (bearer: string) => house.call('GET', '/api/conversations', { token: bearer })
    assert.equal((await read(await token(config.goTrueSecret, '1h'))).status, 200, 'the set-up makes no valid token')
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const unsigned = `${encode({ alg: 'none' })}.${encode({ ...claims, sub: house.demo.agent.id, exp: 2e9 })}.`
    const bad = [
      await token(config.goTrueSecret, '-1h'),
      await token('another-secret-of-sufficient-length!', '1h'),
      unsigned,
    ]
    for (const bearer of bad) {
      const answer = await read(bearer)
      assert.equal(answer.status, 401)
      assertProblem(answer)
    }
    assert.equal((await house.call('GET', '/api/conversations')).status, 401)
  })

  it("another workspace's people see and change nothing: 404", async () => {
    const { config } = house.stack
    const token = await new SignJWT({
      email: 'x@demo.test',
      app_metadata: { workspace_id: randomUUID(), role: 'admin' },
    })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(randomUUID())
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(config.goTrueSecret))
    const at = `/api/conversations/${id}`
    const asked = [
      house.call('GET', `${at}/history`, { token }),
      house.call('GET', `${at}/notes`, { token }),
      ...['close', 'assign', 'read'].map((action) => house.call('POST', `${at}/${action}`, { token })),
      house.call('POST', `${at}/tags`, { token, body: { tag: 'mine' } }),
      house.call('DELETE', `${at}/tags/mine`, { token }),
      house.call('POST', `${at}/messages`, { token, body: { content: 'mine' } }),
    ]
    for (const { status } of await Promise.all(asked)) assert.equal(status, 404)
  })

  it('agents on admin routes: 403; unknown paths: 404; wrong methods: 405', async () => {
    const { call, agentToken: token } = house
    for (const of of ['conversations/stats', 'messages/stats', 'conversations']) {
      assert.equal((await call('GET', `/api/admin/${of}`, { token })).status, 403)
    }
    assert.equal((await call('GET', '/api/nothing', { token })).status, 404)
    assert.equal((await call('POST', '/internal/workspaces', { token, body: {} })).status, 404)
    const wrong = await call('PUT', `/api/conversations/${id}`, { token, body: {} })
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET, HEAD, OPTIONS'])
  })

  it('has left nothing in the log', async () => {
    const { body } = await house.call('GET', `/api/conversations/${id}/history`, { token: house.adminToken })
    assert.equal(body.revision, 0)
  })
})

function assertProblem({ headers, body, status }: Awaited<ReturnType<House['call']>>): void {
  assert.match(String(headers['content-type']), /^application\/problem\+json/)
  assert.equal(body.status, status)
  for (const name of ['type', 'title', 'detail', 'traceId', 'error']) assert.equal(typeof body[name], 'string', name)
  assert.match(String(body.traceId), /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
}
