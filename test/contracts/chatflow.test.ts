import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { type Call, callerOf } from '../call.ts'
import { type House, openSharedHouse } from '../house.ts'

/** Document A as its client speaks: a JWT by password, a widget without, camel case, problems. Billing and the hub are tested elsewhere. */
describe('document A, ChatFlow', () => {
  let house: House
  let call: Call
  let token: string
  let admin: string

  before(async () => {
    house = await openSharedHouse()
    call = callerOf(house.stack.url('gateway'))
    token = await signIn(house.demo.agent)
    admin = await signIn(house.demo.admin)
  })

  async function signIn({ email, password }: { email: string; password: string }): Promise<string> {
    const { status, body } = await call('POST', '/auth/v1/token?grant_type=password', { body: { email, password } })
    assert.deepEqual([status, body.token_type], [200, 'bearer'])
    return String(body.access_token)
  }

  async function start(fields: object = {}): Promise<string> {
    const { status, body } = await call('POST', '/api/conversations', {
      body: { widgetId: house.demo.widgetId, visitorId: null, ...fields },
    })
    assert.equal(status, 201)
    return String(body.id)
  }

  const say = async (id: string, content: string, as?: string) => {
    const senderType = as === undefined ? 'visitor' : 'agent'
    const body = { content, senderType, senderId: randomUUID() }
    const sent = await call('POST', `/api/conversations/${id}/messages`, { token: as, body })
    assert.equal(sent.status, 201, JSON.stringify(sent.body))
    return sent.body
  }

  it('starts a conversation for a widget without credential', async () => {
    const body = {
      widgetId: house.demo.widgetId,
      visitorId: null,
      metadata: { page: '/pricing', referrer: 'google.com', userId: 'user-7' },
    }
    const started = await call('POST', '/api/conversations', { body })
    assert.equal(started.status, 201)
    const { id, workspaceId, widgetId, visitorId, assignedAgentId, status, channel, startedAt, closedAt, metadata } =
      started.body
    assert.deepEqual(
      { workspaceId, widgetId, assignedAgentId, status, channel, closedAt, metadata },
      {
        workspaceId: house.demo.workspaceId,
        widgetId: house.demo.widgetId,
        assignedAgentId: null,
        status: 'open',
        channel: 'widget',
        closedAt: null,
        metadata: body.metadata,
      },
    )
    for (const one of [id, visitorId]) assert.match(String(one), /^[0-9a-f-]{36}$/)
    assert.match(String(startedAt), /^\d{4}-\d\d-\d\dT.*Z$/)
    await eventually(async () => {
      const seen = await call('GET', `/api/conversations/${id}`)
      assert.deepEqual([seen.status, seen.body.id, seen.body.status], [200, id, 'open'])
      assert.equal('tags' in seen.body, false, 'a visitor sees tags')
    })
  })

  it('sends messages by both sides and lists them in order, with read receipts', async () => {
    const id = await start()
    const asked = await say(id, 'Hello!')
    assert.deepEqual(
      [asked.conversationId, asked.content, asked.senderType, asked.isRead],
      [id, 'Hello!', 'visitor', false],
    )
    const answered = await say(id, 'Hi, how can I help?', token)
    assert.deepEqual([answered.senderType, answered.senderId], ['agent', house.demo.agent.id])
    const read = await call('POST', `/api/conversations/${id}/messages/${asked.id}/read`, { token })
    assert.deepEqual([read.status, read.body.isRead, read.body.content], [200, true, 'Hello!'])
    const without = await call('POST', `/api/conversations/${id}/messages/${asked.id}/read`)
    assert.equal(without.status, 401)
    await eventually(async () => {
      const { status, body } = await call('GET', `/api/conversations/${id}/messages`)
      const data = body.data as Record<string, unknown>[]
      assert.deepEqual([status, body.total, body.page, body.limit], [200, 2, 1, 50])
      assert.deepEqual(
        data.map(({ content, isRead }) => [content, isRead]),
        [
          ['Hello!', true],
          ['Hi, how can I help?', false],
        ],
      )
    })
    const second = await call('GET', `/api/conversations/${id}/messages?page=2&limit=1`)
    assert.deepEqual([second.body.page, second.body.limit], [2, 1])
  })

  it('assigns, lists by status and visitor, and closes', async () => {
    const visitorId = `visitor-${randomUUID()}`
    const id = await start({ visitorId })
    const at = `/api/conversations/${id}`
    const assigned = await call('POST', `${at}/assign`, { token, body: { agentId: house.demo.agent.id } })
    assert.deepEqual([assigned.status, assigned.body.assignedAgentId], [200, house.demo.agent.id])
    const nobody = await call('POST', `${at}/assign`, { token, body: { agentId: randomUUID() } })
    assert.equal(nobody.status, 422)
    const closed = await call('POST', `${at}/close`, { token })
    assert.deepEqual([closed.status, closed.body.status, typeof closed.body.closedAt], [200, 'closed', 'string'])
    assert.equal((await call('POST', `${at}/close`, { token })).status, 409)
    assert.equal((await call('POST', `${at}/assign`, { token, body: { agentId: house.demo.agent.id } })).status, 409)
    await eventually(async () => {
      const { body } = await call('GET', `/api/conversations?status=closed&search=${visitorId}&page=1&limit=20`, {
        token,
      })
      assert.deepEqual([ids(body), body.total], [[id], 1])
    })
    const open = await call('GET', `/api/conversations?status=open&search=${visitorId}`, { token })
    assert.deepEqual(ids(open.body), [])
    await say(id, 'One more thing')
    await eventually(async () => {
      const { body } = await call('GET', at)
      assert.deepEqual([body.status, body.closedAt], ['open', null])
    })
  })

  it('makes, lists, shows and partly changes widgets', async () => {
    const wanted = {
      name: 'Homepage Widget',
      welcomeMessage: 'Hi! How can we help you today?',
      aiEnabled: true,
      themeColor: '#6366f1',
      autoAssign: true,
      offlineMessage: "We're offline right now. Leave a message and we'll respond ASAP.",
    }
    const made = await call('POST', '/api/widgets', { token: admin, body: wanted })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { id, workspaceId, embedCode, createdAt, ...rest } = made.body
    assert.deepEqual({ ...rest, ...wanted }, rest, 'what was asked for is not what there is')
    assert.equal(workspaceId, house.demo.workspaceId)
    assert.match(String(createdAt), /Z$/)
    assert.match(
      String(embedCode),
      new RegExp(
        `^<script>window\\.ChatFlowConfig=\\{widgetId:'${id}'\\};</script><script src='http.*/widget\\.js' async></script>$`,
      ),
    )
    assert.equal((await call('POST', '/api/widgets', { token, body: wanted })).status, 403)
    const changed = await call('PUT', `/api/widgets/${id}`, { token: admin, body: { themeColor: '#000000' } })
    assert.deepEqual([changed.status, changed.body.themeColor, changed.body.name], [200, '#000000', wanted.name])
    assert.equal((await call('PUT', `/api/widgets/${id}`, { token, body: { name: 'Mine' } })).status, 403)
    await eventually(async () => {
      const shown = await call('GET', `/api/widgets/${id}`, { token })
      assert.deepEqual([shown.status, shown.body], [200, changed.body])
      const all = await call('GET', '/api/widgets', { token })
      assert.ok(Array.isArray(all.body))
      assert.ok(all.body.some((one: { id?: unknown }) => one.id === id))
    })
    assert.equal((await call('GET', `/api/widgets/${id}`)).status, 401)
    const drawn = await call('GET', `/api/widgets/${id}/public`)
    assert.deepEqual([drawn.status, drawn.body.themeColor, 'embedCode' in drawn.body], [200, '#000000', false])
  })

  it('gives admins, and nobody else, the figures and lists of the workspace', async () => {
    const visitorId = `visitor-${randomUUID()}`
    const id = await start({ visitorId })
    await say(id, 'How long does it take?')
    await say(id, 'Not long.', token)
    await call('POST', `/api/conversations/${id}/assign`, { token, body: { agentId: house.demo.agent.id } })
    const shapes: Record<string, string[]> = {
      '/api/admin/conversations/stats': [
        'totalConversations',
        'activeConversations',
        'todayConversations',
        'avgConversationDuration',
        'conversationTrend',
      ],
      '/api/admin/messages/stats': ['totalMessages', 'todayMessages', 'avgResponseTime', 'messageTrend'],
      '/api/admin/widgets/stats': ['totalWidgets', 'activeWidgets', 'widgets'],
    }
    for (const [path, names] of Object.entries(shapes)) {
      assert.equal((await call('GET', path, { token })).status, 403)
      assert.equal((await call('GET', path)).status, 401)
      const { status, body } = await call('GET', path, { token: admin })
      assert.deepEqual([status, Object.keys(body).sort()], [200, [...names].sort()], path)
    }
    const filter = `search=${visitorId}&agentId=${house.demo.agent.id}&widgetId=${house.demo.widgetId}&status=open`
    await eventually(async () => {
      const { body } = await call('GET', `/api/admin/conversations?${filter}&page=1&limit=5`, { token: admin })
      assert.deepEqual([ids(body), body.total, body.page, body.limit], [[id], 1, 1, 5])
      const { body: stats } = await call('GET', '/api/admin/widgets/stats', { token: admin })
      const own = (stats.widgets as Record<string, unknown>[]).find((one) => one.widgetId === house.demo.widgetId)
      assert.deepEqual(Object.keys(own ?? {}).sort(), ['avgResponseTime', 'conversationsToday', 'name', 'widgetId'])
      assert.ok(Number(own?.conversationsToday) >= 1)
    })
    const other = await call('GET', `/api/admin/conversations?search=${visitorId}&agentId=${randomUUID()}`, {
      token: admin,
    })
    assert.deepEqual(ids(other.body), [])
    const usage = await call('GET', '/api/admin/widgets', { token: admin })
    const [first] = usage.body as unknown as Record<string, unknown>[]
    for (const name of [
      'id',
      'name',
      'conversationsTotal',
      'conversationsToday',
      'avgResponseTime',
      'lastConversationAt',
    ]) {
      assert.ok(first !== undefined && name in first, name)
    }
    const made = await call('POST', '/api/admin/widgets', {
      token: admin,
      body: {
        name: 'Shop',
        allowedOrigins: ['https://shop.example.com'],
        identityVerification: 'required',
        active: false,
      },
    })
    assert.deepEqual(
      [made.status, made.body.active, made.body.allowedOrigins],
      [201, false, ['https://shop.example.com']],
    )
    assert.equal((await call('POST', '/api/admin/widgets', { token, body: { name: 'Shop' } })).status, 403)
  })

  it('answers errors as the document shows them', async () => {
    const { status, headers, body } = await call('POST', '/api/conversations', { body: {} })
    assert.equal(status, 400)
    assert.match(String(headers['content-type']), /^application\/problem\+json/)
    assert.deepEqual([body.status, body.detail], [400, 'widgetId is required'])
    for (const name of ['type', 'title', 'traceId']) assert.equal(typeof body[name], 'string')
    assert.equal((await call('GET', `/api/conversations/${randomUUID()}`)).status, 404)
    assert.equal((await call('GET', '/api/conversations')).status, 401)
  })
})

function ids(page: Record<string, unknown>): unknown[] {
  return (page.data as { id: unknown }[]).map(({ id }) => id)
}
