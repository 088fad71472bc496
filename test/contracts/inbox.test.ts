import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { type Called, callerOf } from '../call.ts'
import { type House, openSharedHouse } from '../house.ts'

type Json = Record<string, unknown>
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/**
 * Document D as its client speaks: a session cookie from a log-in, JSON both ways, errors with `error`.
 */
describe('document D, inbox REST', () => {
  let house: House
  let admin: Session
  let agent: Session
  let channelId: string

  before(async () => {
    house = await openSharedHouse()
    admin = await logIn(house.demo.admin)
    agent = await logIn(house.demo.agent)
    const made = await admin('POST', '/api/channels', { type: 'api', name: 'Back office', config: {} })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    channelId = String(made.body.id)
  })

  type Session = (method: Method, path: string, body?: unknown) => Promise<Called>

  /** A browser: keeps the cookie, and sends the token against forgery with what changes something. */
  async function logIn({ email, password }: { email: string; password: string }): Promise<Session> {
    const call = callerOf(house.stack.url('gateway'))
    const { status, headers } = await call('POST', '/auth/login', { body: { email, password } })
    assert.equal(status, 200)
    const [set] = [headers['set-cookie']].flat()
    const cookie = String(set).split(';', 1)[0] ?? ''
    assert.match(String(set), /^session=.*HttpOnly/i)
    const { body } = await call('GET', '/auth/csrf', { headers: { cookie } })
    const headersOf = (method: Method) => ({
      cookie,
      ...(method === 'GET' ? {} : { 'x-csrftoken': String(body.csrfToken) }),
    })
    return (method, path, asked) => call(method, path, { headers: headersOf(method), body: asked })
  }

  async function begin(
    contact: Json = { name: 'Jane Doe', email: `jane-${randomUUID()}@demo.test` },
    message?: string,
  ) {
    const made = await agent('POST', '/api/conversations', {
      contact,
      channelId,
      ...(message === undefined ? {} : { message }),
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return { id: String(made.body.id), contactId: String(made.body.contactId) }
  }

  /** A conversation of a visitor, in the demo widget. */
  async function asked(content: string): Promise<string> {
    const started = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
    const id = String(started.body.id)
    await house.call('POST', `/api/conversations/${id}/messages`, { body: { content } })
    return id
  }

  it('creates a conversation, and lists by status, channel type, tag and search', async () => {
    const word = `quince${randomUUID().slice(0, 8)}`
    const { id } = await begin({ name: `Ada ${word}`, email: `ada-${word}@demo.test` }, 'Your order is on its way')
    const tag = `tag-${word}`
    const tagged = await agent('POST', `/api/conversations/${id}/tags`, { tag })
    assert.deepEqual([tagged.status, tagged.body.tags], [200, [tag]])
    const spoken = await asked(`The marmalade of ${word} is bitter`)
    const found = async (query: string) => ids((await agent('GET', `/api/conversations?${query}`)).body)
    await eventually(async () => {
      assert.deepEqual(await found(`tag=${tag}&channel_type=api&status=open`), [id])
      assert.deepEqual(await found(`tag=${tag}&channel_type=widget`), [])
      assert.deepEqual(await found(`search=ada-${word}`), [id])
      assert.deepEqual(await found(`search=marmalade%20${word}`), [spoken])
    })
    const untagged = await agent('DELETE', `/api/conversations/${id}/tags/${tag}`)
    assert.deepEqual([untagged.status, untagged.body.tags], [200, []])
  })

  it('resets unread_count when an agent gets the conversation', async () => {
    const id = await asked('Is anybody there?')
    await eventually(async () => {
      const { body } = await house.call('GET', `/api/conversations/${id}`, { token: house.demo.importKey })
      assert.equal(body.unreadCount, 1, 'an API key resets it, or it never rose')
    })
    const { status, body } = await agent('GET', `/api/conversations/${id}`)
    assert.deepEqual([status, body.unreadCount], [200, 0])
    await eventually(async () => {
      const messages = await agent('GET', `/api/conversations/${id}/messages`)
      assert.deepEqual([messages.body.total, (messages.body.data as Json[])[0]?.isRead], [1, true])
    })
  })

  it('sets the status, assigns, sends and notes', async () => {
    const id = await asked('Hello')
    const at = `/api/conversations/${id}`
    for (const status of ['pending', 'open', 'closed', 'open']) {
      const set = await agent('POST', `${at}/status`, { status })
      assert.deepEqual([set.status, set.body.status], [200, status])
    }
    assert.equal((await agent('POST', `${at}/status`, { status: 'lost' })).status, 400)
    const own = await agent('POST', `${at}/assign`)
    assert.deepEqual([own.status, own.body.assignedAgentId], [200, house.demo.agent.id])
    const lost = await admin('POST', `${at}/assign`)
    assert.equal(lost.status, 409, 'claiming what another has')
    const given = await admin('POST', `${at}/assign`, { agentId: house.demo.admin.id })
    assert.deepEqual([given.status, given.body.assignedAgentId], [200, house.demo.admin.id])
    const free = await admin('POST', `${at}/assign`, { agentId: null })
    assert.deepEqual([free.status, free.body.assignedAgentId], [200, null])
    const sent = await agent('POST', `${at}/messages`, { content: 'Good morning' })
    assert.deepEqual([sent.status, sent.body.senderType], [201, 'agent'])
    const note = await agent('POST', `${at}/notes`, { content: 'a regular' })
    assert.equal(note.status, 201)
  })

  it('suggests a reply from what agents answered before, or none', async () => {
    const known = await asked('How do I reset the flux capacitor of my toaster?')
    await agent('POST', `/api/conversations/${known}/messages`, { content: 'Hold the red lever for ten seconds.' })
    const id = await asked('I want to reset the flux capacitor')
    await eventually(async () => {
      const { status, body } = await agent('GET', `/api/ai-suggest?conversation_id=${id}`)
      assert.deepEqual([status, body.suggestion], [200, 'Hold the red lever for ten seconds.'])
      assert.equal((body.sources as Json[])[0]?.conversationId, known)
    })
    const other = await asked('xyzzy')
    const { body } = await agent('GET', `/api/ai-suggest?conversation_id=${other}`)
    assert.equal(body.suggestion, null)
    assert.equal((await agent('GET', '/api/ai-suggest')).status, 400)
  })

  it('lists, shows, creates, changes and, for admins, deletes contacts', async () => {
    const email = `grace-${randomUUID()}@demo.test`
    const made = await agent('POST', '/api/contacts', {
      name: 'Grace',
      email,
      phone: '+49 30 1',
      attributes: { plan: 'pro' },
    })
    assert.deepEqual([made.status, made.body.email], [201, email])
    const at = `/api/contacts/${made.body.id}`
    const changed = await agent('PATCH', at, { name: 'Grace Hopper' })
    assert.deepEqual([changed.status, changed.body.name, changed.body.email], [200, 'Grace Hopper', email])
    await eventually(async () => {
      assert.deepEqual([(await agent('GET', at)).body.name], ['Grace Hopper'])
      const { body } = await agent('GET', `/api/contacts?search=${email}`)
      assert.deepEqual([ids(body), body.total], [[made.body.id], 1])
    })
    assert.equal((await agent('DELETE', at)).status, 403)
    assert.equal((await admin('DELETE', at)).status, 204)
    await eventually(async () => {
      assert.deepEqual(ids((await agent('GET', `/api/contacts?search=${email}`)).body), [])
      assert.equal((await agent('GET', at)).status, 410)
    })
  })

  it('keeps channels, for admins, by the form of their type, without giving secrets back', async () => {
    const made = await admin('POST', '/api/channels', {
      type: 'whatsapp',
      name: 'WhatsApp',
      config: { phoneNumberId: '123456', businessAccountId: '654321' },
      secrets: { accessToken: 'EAAG-secret-of-whatsapp', appSecret: 'app-secret-1', verifyToken: 'verify-1' },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.equal(JSON.stringify(made.body).includes('EAAG-secret'), false)
    const at = `/api/channels/${made.body.id}`
    const wrong = await admin('PATCH', at, { config: { phoneNumberId: 7 } })
    assert.equal(wrong.status, 400)
    const changed = await admin('PATCH', at, { name: 'WhatsApp EU' })
    assert.deepEqual([changed.status, changed.body.name], [200, 'WhatsApp EU'])
    await eventually(async () => {
      const { body } = await admin('GET', '/api/channels')
      const names = ((body.data ?? body) as unknown as Json[]).map(({ name }) => name)
      assert.ok(names.includes('WhatsApp EU'))
      assert.equal(JSON.stringify(body).includes('secret-of-whatsapp'), false)
    })
    assert.equal((await agent('POST', '/api/channels', { type: 'api', name: 'x', config: {} })).status, 403)
    assert.equal((await admin('DELETE', at)).status, 204)
    await begin()
    assert.equal((await admin('DELETE', `/api/channels/${channelId}`)).status, 409, 'it has open conversations')
  })

  it('makes automations, switches them, and removes them', async () => {
    const rule = {
      name: 'Greet',
      trigger: 'conversation_started',
      conditions: [{ field: 'conversation.channel', op: 'equals', value: 'api' }],
      actions: [{ type: 'tag', tag: 'greeted' }],
    }
    const made = await admin('POST', '/api/automations', rule)
    assert.deepEqual([made.status, made.body.active, made.body.match], [201, true, 'all'], JSON.stringify(made.body))
    const at = `/api/automations/${made.body.id}`
    const { id: conversation } = await begin()
    await eventually(async () => {
      const { body } = await agent('GET', `/api/conversations/${conversation}`)
      assert.deepEqual(body.tags, ['greeted'])
    })
    await eventually(async () => {
      const { body } = await admin('GET', `${at}/runs`)
      const runs = body.data as Json[]
      assert.deepEqual([body.total, runs[0]?.outcome, runs[0]?.conversationId], [1, 'done', conversation])
    })
    assert.deepEqual((await admin('POST', `${at}/toggle`)).body.active, false)
    assert.deepEqual((await admin('POST', `${at}/toggle`)).body.active, true)
    const wrong = await admin('POST', '/api/automations', {
      ...rule,
      actions: [{ type: 'assign', agentId: randomUUID() }],
    })
    assert.equal(wrong.status, 400)
    assert.match(String(wrong.body.error), /agentId/)
    assert.equal((await agent('GET', '/api/automations')).status, 403)
    assert.equal((await admin('DELETE', at)).status, 204)
    await eventually(async () => assert.deepEqual((await admin('GET', '/api/automations')).body, []))
  })

  it('gives analytics over some days', async () => {
    await eventually(async () => {
      const { status, body } = await agent('GET', '/api/analytics?days=30')
      assert.equal(status, 200)
      assert.equal((body.series as unknown[]).length, 30)
      assert.ok(Number((body.totals as Json).started) > 0)
      assert.deepEqual(
        (body.heatmap as unknown[][]).map((hours) => hours.length),
        [24, 24, 24, 24, 24, 24, 24],
      )
    })
    for (const days of ['0', '366', 'x']) assert.equal((await agent('GET', `/api/analytics?days=${days}`)).status, 400)
    const csv = await agent('GET', '/api/analytics?days=7&format=csv')
    assert.match(String(csv.headers['content-type']), /^text\/csv/)
  })

  it('invites, promotes and removes agents, and keeps the last admin', async () => {
    const email = `new-${randomUUID()}@demo.test`
    const made = await admin('POST', '/api/agents', { email, name: 'New One', role: 'agent' })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { token } = made.body.invitation as Json
    const password = 'a rather long password'
    const set = await house.call('POST', '/auth/password', { body: { token, password } })
    assert.ok(set.status < 300, JSON.stringify(set.body))
    assert.equal((await house.call('POST', '/auth/password', { body: { token, password } })).status, 410)
    const session = await logIn({ email, password })
    assert.equal((await session('POST', `/api/agents/${made.body.id}/role`, { role: 'admin' })).status, 403)
    const promoted = await admin('POST', `/api/agents/${made.body.id}/role`, { role: 'admin' })
    assert.deepEqual([promoted.status, promoted.body.role], [200, 'admin'])
    await eventually(async () => {
      const { body } = await admin('GET', '/api/agents')
      const found = ((body.data ?? body) as unknown as Json[]).find((one) => one.email === email)
      assert.equal(found?.role, 'admin')
    })
    assert.equal((await admin('POST', '/api/agents', { email, name: 'Again', role: 'agent' })).status, 409)
    assert.equal((await admin('DELETE', `/api/agents/${made.body.id}`)).status, 204)
    assert.equal((await admin('DELETE', `/api/agents/${house.demo.admin.id}`)).status, 409)
    assert.equal((await admin('POST', `/api/agents/${house.demo.admin.id}/role`, { role: 'agent' })).status, 409)
  })

  it('shows and changes the settings of the workspace, and one’s password', async () => {
    const changed = await admin('POST', '/api/settings/workspace', { name: 'Demo & Co', timeZone: 'Europe/Berlin' })
    assert.deepEqual([changed.status, changed.body.name, changed.body.timeZone], [200, 'Demo & Co', 'Europe/Berlin'])
    await eventually(async () => {
      const { status, body } = await agent('GET', '/api/settings/workspace')
      assert.deepEqual([status, body.name], [200, 'Demo & Co'])
    })
    assert.equal((await agent('POST', '/api/settings/workspace', { name: 'Mine' })).status, 403)
    assert.equal((await admin('POST', '/api/settings/workspace', { timeZone: 'Mars/Olympus' })).status, 400)
    const { password } = house.demo.agent
    const wrong = await agent('POST', '/api/settings/password', {
      currentPassword: 'nonsense',
      newPassword: 'a new long password',
    })
    assert.equal(wrong.status, 400)
    const done = await agent('POST', '/api/settings/password', {
      currentPassword: password,
      newPassword: 'a new long password',
    })
    assert.ok(done.status < 300, JSON.stringify(done.body))
    await logIn({ email: house.demo.agent.email, password: 'a new long password' })
  })

  it('answers errors in the document’s form', async () => {
    const nobody = await house.call('GET', '/api/contacts')
    assert.deepEqual([nobody.status, typeof nobody.body.error], [401, 'string'])
    const missing = await agent('GET', `/api/contacts/${randomUUID()}`)
    assert.deepEqual([missing.status, typeof missing.body.error], [404, 'string'])
    const forged = await house.call('POST', '/api/contacts', {
      headers: { cookie: 'session=nonsense' },
      body: { name: 'x' },
    })
    assert.ok([401, 403].includes(forged.status))
  })
})

function ids(page: Json): unknown[] {
  return (page.data as { id: unknown }[]).map(({ id }) => id)
}
