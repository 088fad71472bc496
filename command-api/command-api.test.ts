import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { type Call, callerOf } from '../test/call.ts'
import { openWorkplace, type Workplace } from '../test/workplace.ts'

describe('command-api', () => {
  let stack: Stack
  let call: Call
  let place: Workplace

  before(async () => {
    const only = ['event-store', 'postgres', 'command-api'] as const
    stack = await startStack({
      ports: 'free',
      only,
      env: { NODE_ENV: 'test', LOG_LEVEL: 'warn' },
    })
    call = callerOf(stack.url('command-api'))
    place = await openWorkplace(stack.config, stack.url('command-api'))
  })
  after(() => stack.stop())

  const start = async (token?: string) => {
    const { status, body } = await call('POST', '/api/conversations', { token, body: { widgetId: place.widgetId } })
    assert.equal(status, 201, JSON.stringify(body))
    return String(body.id)
  }
  const messages = (id: string) => `/api/conversations/${id}/messages`

  it('starts a conversation as document A says, with a visitor token', async () => {
    const metadata = { page: '/pricing', referrer: 'google.com' }
    const { status, body, headers } = await call('POST', '/api/conversations', {
      body: { widgetId: place.widgetId, visitorId: null, metadata },
    })
    assert.equal(status, 201)
    const { id, visitorId, startedAt, sessionId, visitorToken, ...rest } = body
    assert.deepEqual(rest, {
      workspaceId: place.workspaceId,
      widgetId: place.widgetId,
      assignedAgentId: null,
      status: 'open',
      channel: 'widget',
      closedAt: null,
      metadata,
    })
    for (const value of [id, visitorId, startedAt, sessionId, visitorToken]) assert.equal(typeof value, 'string')
    assert.equal(headers.etag, '"0"')
    assert.match(String(headers['x-position']), /^\d+\/\d+$/)
  })

  it('takes the sender from the credential', async () => {
    const id = await start()
    const sent = await call('POST', messages(id), {
      body: { content: 'Hello', senderType: 'visitor', senderId: 'someone else' },
    })
    assert.equal(sent.status, 201)
    assert.notEqual(sent.body.senderId, 'someone else')
    assert.deepEqual([sent.body.content, sent.body.senderType, sent.body.isRead], ['Hello', 'visitor', false])
    for (const senderType of ['agent', 'ai', 'bot', 'system']) {
      const refused = await call('POST', messages(id), {
        body: { content: 'I am not', senderType, senderId: place.agent.id },
      })
      assert.equal(refused.status, 403, senderType)
    }
    const { body } = await call('POST', messages(id), { token: place.agent.token, body: { content: 'Hi' } })
    assert.deepEqual([body.senderType, body.senderId], ['agent', place.agent.id])
    const masked = await call('POST', messages(id), {
      token: place.agent.token,
      body: { content: 'Hi', senderType: 'visitor' },
    })
    assert.equal(masked.status, 403)
  })

  it('answers 100 parallel retries of one command alike, and leaves one message', async () => {
    const id = await start()
    const headers = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => call('POST', messages(id), { body: { content: 'once' }, headers })),
    )
    for (const { status, body, headers: answered } of answers) {
      assert.equal(status, 201)
      assert.deepEqual(body, answers[0]?.body)
      assert.equal(answered.etag, answers[0]?.headers.etag)
    }
    const next = await call('POST', messages(id), { body: { content: 'next' } })
    assert.equal(next.headers.etag, '"2"')
    const late = await call('POST', messages(id), { body: { content: 'once' }, headers })
    assert.deepEqual(late.body, answers[0]?.body)
    const other = await call('POST', messages(id), { body: { content: 'another' }, headers })
    assert.deepEqual([other.status, other.headers['content-type']], [422, 'application/problem+json; charset=utf-8'])
  })

  it('starts one conversation for one key, and refuses the key for another body', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const body = { widgetId: place.widgetId, metadata: { page: '/' } }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', '/api/conversations', { body, headers })),
    )
    for (const answer of answers) assert.deepEqual(answer.body, answers[0]?.body)
    const other = await call('POST', '/api/conversations', { body: { widgetId: place.widgetId }, headers })
    assert.equal(other.status, 422)
    const short = await call('POST', '/api/conversations', { body, headers: { 'idempotency-key': '1' } })
    assert.equal(short.status, 400)
  })

  it('leads a conversation through its life', async () => {
    const id = await start()
    const token = place.agent.token
    const at = (action: string) => `/api/conversations/${id}/${action}`
    await call('POST', messages(id), { body: { content: 'Help' } })
    const assigned = await call('POST', at('assign'), { token })
    assert.deepEqual(
      [assigned.status, assigned.body.assignedAgentId, assigned.body.unreadCount],
      [200, place.agent.id, 1],
    )
    const stranger = await call('POST', at('assign'), { token, body: { agentId: randomUUID() } })
    assert.equal(stranger.status, 422)
    assert.deepEqual((await call('POST', at('tags'), { token, body: { tag: ' vip ' } })).body.tags, ['vip'])
    assert.equal((await call('POST', at('read'), { token, body: {} })).body.unreadCount, 0)
    assert.equal((await call('POST', at('status'), { token, body: { status: 'pending' } })).body.status, 'pending')
    await call('POST', messages(id), { body: { content: 'Are you there?' } })
    const closed = await call('POST', at('close'), { token, body: { tags: ['billing'] } })
    assert.deepEqual([closed.status, closed.body.status, closed.body.tags], [200, 'closed', ['vip', 'billing']])
    assert.equal(typeof closed.body.closedAt, 'string')
    assert.equal((await call('POST', at('close'), { token })).status, 409)
    assert.equal((await call('POST', at('assign'), { token })).status, 409)
    assert.equal((await call('POST', at('rating'), { body: { score: 5, comment: 'Thank you' } })).status, 201)
    assert.equal((await call('POST', at('rating'), { body: { score: 1 } })).status, 409)
    const again = await call('POST', messages(id), { body: { content: 'One more thing' } })
    assert.equal(again.status, 201)
    assert.notEqual(again.body.sessionId, closed.body.sessionId)
    const untagged = await call('DELETE', at('tags/vip'), { token })
    assert.deepEqual([untagged.body.status, untagged.body.tags, untagged.body.sessions], ['open', ['billing'], 2])
    const note = await call('POST', at('notes'), { token, body: { content: 'call back' } })
    assert.deepEqual([note.status, note.body.content, note.body.agentId], [201, 'call back', place.agent.id])
  })

  it('marks a message as read, with its words in the answer', async () => {
    const id = await start()
    const sent = await call('POST', messages(id), { body: { content: 'Read me' } })
    const read = await call('POST', `${messages(id)}/${sent.body.id}/read`, { token: place.agent.token })
    const { readAt } = read.body
    const expected = { ...sent.body, isRead: true, readBy: place.agent.id, readAt }
    assert.deepEqual([read.status, read.body, typeof readAt], [200, expected, 'string'])
    assert.equal((await call('POST', `${messages(id)}/${sent.body.id}/read`)).status, 401)
    const unknown = await call('POST', `${messages(id)}/${randomUUID()}/read`, { token: place.agent.token })
    assert.equal(unknown.status, 404)
  })

  it('obeys If-Match', async () => {
    const id = await start()
    const tag = (revision: string, name: string) =>
      call('POST', `/api/conversations/${id}/tags`, {
        token: place.agent.token,
        body: { tag: name },
        headers: { 'if-match': revision },
      })
    assert.equal((await tag('"0"', 'a')).status, 200)
    assert.equal((await tag('"0"', 'b')).status, 412)
    assert.equal((await tag('"1"', 'b')).status, 200)
  })

  it('stores every content type, and refuses what does not fit its own', async () => {
    const id = await start()
    const url = 'https://example.test/a'
    const good = [
      { content: 'plain', contentType: 'text' },
      { contentType: 'image', content: 'a view', richMedia: { url, alt: 'view' } },
      {
        contentType: 'file',
        content: 'a.pdf',
        richMedia: { url, filename: 'a.pdf', size: 204800, mime_type: 'application/pdf' },
      },
      { contentType: 'quick_button', content: 'Choose', richMedia: { buttons: [{ label: 'Yes', value: 'yes' }] } },
      {
        contentType: 'carousel',
        content: '',
        richMedia: {
          cards: [{ image_url: url, title: 'A', subtitle: 'B', buttons: [{ label: 'Buy', value: 'buy_A' }] }],
        },
      },
      {
        contentType: 'dropdown',
        content: 'Region',
        richMedia: { placeholder: 'pick', options: [{ label: 'EU', value: 'eu' }] },
      },
    ]
    for (const body of good) {
      const { status, body: sent } = await call('POST', messages(id), { body })
      assert.equal(status, 201, JSON.stringify(sent))
      assert.deepEqual(sent.richMedia, body.richMedia ?? null)
    }
    const bad = [
      { contentType: 'text', content: '' },
      { contentType: 'text', content: 'x', richMedia: { url } },
      { contentType: 'image', content: 'x' },
      { contentType: 'image', richMedia: { url: 'javascript:alert(1)' } },
      { contentType: 'file', richMedia: { url, filename: 'a', size: -1, mime_type: 'a/b' } },
      { contentType: 'quick_button', content: 'x', richMedia: { buttons: [] } },
      { contentType: 'dropdown', content: 'x', richMedia: { buttons: [{ label: 'a', value: 'b' }] } },
      { contentType: 'video', content: 'x' },
    ]
    for (const body of bad) {
      const { status, body: problem } = await call('POST', messages(id), { body })
      assert.deepEqual([status, problem.status], [400, 400], JSON.stringify(body))
      assert(Array.isArray(problem.errors) && problem.errors.length > 0)
    }
    const last = await call('POST', messages(id), { body: { content: 'end' } })
    assert.equal(last.headers.etag, `"${good.length + 1}"`, 'a refused message left an event')
  })

  it("hides another workspace's conversations and widgets", async () => {
    const other = await openWorkplace(stack.config, stack.url('command-api'))
    const id = await start()
    const own = await call('POST', `/api/conversations/${id}/close`, { token: place.admin.token })
    assert.equal(own.status, 200)
    for (const action of ['close', 'assign', 'read']) {
      const { status } = await call('POST', `/api/conversations/${id}/${action}`, { token: other.admin.token })
      assert.equal(status, 404, action)
    }
    const sent = await call('POST', messages(id), { token: other.agent.token, body: { content: 'mine now' } })
    assert.equal(sent.status, 404)
    const started = await call('POST', '/api/conversations', {
      token: other.agent.token,
      body: { widgetId: place.widgetId },
    })
    assert.equal(started.status, 404)
  })

  it('demands the visitor token where the widget does', async () => {
    const strict = await openWorkplace(stack.config, stack.url('command-api'), { identityVerification: 'required' })
    const { body } = await call('POST', '/api/conversations', { body: { widgetId: strict.widgetId } })
    const { id, contactId, visitorId, workspaceId } = body
    const said = { body: { content: 'Hello' } }
    assert.equal((await call('POST', messages(String(id)), said)).status, 401)
    const visitor = (conversationId: string) =>
      strict.token({
        kind: 'visitor',
        conversationId,
        workspaceId: String(workspaceId),
        contactId: String(contactId),
        visitorId: String(visitorId),
      })
    assert.equal(
      (await call('POST', messages(String(id)), { ...said, token: await visitor(randomUUID()) })).status,
      401,
    )
    assert.equal((await call('POST', messages(String(id)), { ...said, token: await visitor(String(id)) })).status, 201)
  })

  it('lets only an import key say who sent what and when', async () => {
    const id = await start()
    const { workspaceId } = place
    const occurredAt = '2024-05-01T10:00:00.000Z'
    const body = { content: 'then', senderType: 'agent', senderId: 'old-agent-7', occurredAt }
    const importer = await place.token({ kind: 'apiKey', id: randomUUID(), workspaceId, scopes: ['import', 'write'] })
    const sent = await call('POST', messages(id), { token: importer, body })
    assert.deepEqual([sent.status, sent.body.senderId, sent.body.createdAt], [201, 'old-agent-7', occurredAt])
    assert.equal(
      (await call('POST', messages(id), { token: place.agent.token, body: { content: 'then', occurredAt } })).status,
      403,
    )
    const writer = await place.token({ kind: 'apiKey', id: randomUUID(), workspaceId, scopes: ['write'] })
    assert.equal((await call('POST', messages(id), { token: writer, body })).status, 403)
    const robot = await place.token({ kind: 'apiKey', id: randomUUID(), workspaceId, scopes: ['write', 'ai'] })
    const answered = await call('POST', messages(id), { token: robot, body: { content: 'beep', senderType: 'ai' } })
    assert.deepEqual([answered.status, answered.body.senderType], [201, 'ai'])
  })
})
