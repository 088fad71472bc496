import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { v5 as uuidV5 } from 'uuid'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { type House, openSharedHouse } from '../house.ts'
import { type Ask, hire, openPlatform, type Platform, sessionOf } from './platform.ts'
import { refused } from './refused.ts'

/** Document C as the pages of its agents speak over HTTP: a session cookie, snake case, bare arrays, `{error}`. */
describe('document C, chatbot platform: agents', () => {
  let house: House
  let platform: Platform

  before(async () => {
    house = await openSharedHouse()
    platform = await openPlatform(house)
  })

  it('are answered 401 as JSON without a session, with and without a slash at the end', async () => {
    for (const path of ['', '/', `/${randomUUID()}`, `/${randomUUID()}/history`]) {
      await refused(house.call('GET', `/platform/api/conversations${path}`), 401, /credential/)
    }
    const assign = await house.call('POST', `/platform/api/conversations/${randomUUID()}/assign`)
    await refused(assign, 401, /credential/)
  })

  it('send X-CSRFToken with what changes something', async () => {
    const { id } = await platform.begin()
    const { cookie } = await sessionOf(house, house.demo.agent)
    const path = `/platform/api/conversations/${id}/assign`
    await refused(house.call('POST', path, { headers: { cookie } }), 403, /X-CSRFToken/)
  })

  it('see a conversation as the document shows it', async () => {
    const { id, external_id, session } = await platform.begin()
    const seen = await platform.get(id)
    const { created_at, updated_at, active_session, ...rest } = seen
    assert.deepEqual(rest, {
      id: uuidV5(external_id, platform.channelId),
      end_user: { id: uuidV5(`contact:${external_id}`, platform.channelId), display_name: 'John Doe', external_id },
      channel_id: platform.channelId,
      organization_id: house.demo.workspaceId,
    })
    const { first_message_at, ...open } = active_session ?? assert.fail('no session')
    assert.deepEqual(open, {
      id: session,
      status: 'open',
      assigned_agent_id: null,
      tags: [],
      assigned_at: null,
      resolved_at: null,
    })
    for (const time of [created_at, updated_at, first_message_at]) assert.match(String(time), /^\d{4}-.*T.*Z$/)
    assert.deepEqual((await platform.agent('GET', `/api/conversations/${id}/`)).body, seen, 'with a slash at the end')
    await eventually(async () => assert.deepEqual((await platform.list())[0], seen))
  })

  it('list by filter, the latest first: unassigned, mine, all', async () => {
    const [waiting, own, others, done] = [
      await platform.begin(),
      await platform.begin(),
      await platform.begin(),
      await platform.begin(),
    ]
    const [other] = await hire(house, 1)
    await platform.agent('POST', `/api/conversations/${own.id}/assign`)
    await other?.ask('POST', `/api/conversations/${others.id}/assign`)
    await platform.agent('POST', `/api/conversations/${done.id}/resolve`, {})
    await waiting.say('Is anybody there?')
    const four = [waiting.id, done.id, others.id, own.id]
    const found = async (query: string, ask?: Ask) => (await platform.list(query, ask)).map(({ id }) => id)
    const within = async (query: string, ask?: Ask) => (await found(query, ask)).filter((id) => four.includes(id))
    await eventually(async () => {
      assert.deepEqual(await within('?filter=all'), four)
      assert.deepEqual(await within(''), [waiting.id])
      assert.deepEqual(await within('?filter=unassigned'), [waiting.id])
      assert.deepEqual(await within('?filter=mine'), [own.id])
      assert.deepEqual(await within('?filter=mine', other?.ask), [others.id])
    })
    const resolved = (await platform.list('?filter=all')).find(({ id }) => id === done.id)
    assert.equal(resolved?.active_session, null)
    const [first, second] = await found('?filter=all&limit=2')
    assert.deepEqual(await found('?filter=all&limit=1&offset=1'), [second])
    assert.equal(first, waiting.id)
    await refused(platform.agent('GET', '/api/conversations/?filter=theirs'), 400, /^filter must be one of/)
    await refused(platform.agent('GET', '/api/conversations/?limit=1000'), 400, /limit/)
  })

  it('claim: of ten at the same time one wins, the others are told 409', async () => {
    const { id } = await platform.begin()
    const agents = await hire(house, 10)
    const answers = await Promise.all(agents.map(({ ask }) => ask('POST', `/api/conversations/${id}/assign`)))
    const won = answers.findIndex(({ status }) => status === 200)
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)])
    for (const lost of answers.filter(({ status }) => status !== 200)) await refused(lost, 409, /already/)
    const { assigned_at, ...claimed } = answers[won]?.body ?? {}
    assert.deepEqual(claimed, { id, assigned_agent_id: agents[won]?.id })
    const { active_session } = await platform.get(id)
    assert.deepEqual([active_session?.assigned_agent_id, active_session?.assigned_at], [agents[won]?.id, assigned_at])
    const again = await agents[won]?.ask('POST', `/api/conversations/${id}/assign/`)
    assert.equal(again?.status, 200, 'what one has already')
  })

  it('resolve with final tags, once; the next message opens a new session', async () => {
    const { id, session, say } = await platform.begin()
    const tags = ['billing', 'resolved-no-action']
    const { status, body } = await platform.agent('POST', `/api/conversations/${id}/resolve`, { tags })
    const { resolved_at, ...resolved } = body
    assert.equal(status, 200)
    assert.deepEqual(resolved, { id, session_id: session, status: 'resolved', tags })
    assert.match(String(resolved_at), /Z$/)
    assert.equal((await platform.get(id)).active_session, null)
    await refused(platform.agent('POST', `/api/conversations/${id}/resolve`, {}), 409, /already closed/)
    await refused(platform.agent('POST', `/api/conversations/${id}/assign`), 409, /closed/)
    await say('One more thing')
    const { active_session } = await platform.get(id)
    assert.equal(active_session?.status, 'open')
    assert.notEqual(active_session?.id, session)
  })

  it('tag and untag', async () => {
    const { id } = await platform.begin()
    const path = `/api/conversations/${id}/tag`
    assert.deepEqual((await platform.agent('POST', path, { tags: ['vip', 'billing'] })).body, {
      id,
      tags: ['vip', 'billing'],
    })
    assert.deepEqual((await platform.agent('POST', path, { tags: ['vip'] })).body, { id, tags: ['vip', 'billing'] })
    assert.deepEqual((await platform.agent('DELETE', `${path}/vip`)).body, { id, tags: ['billing'] })
    assert.deepEqual((await platform.agent('DELETE', `${path}/${encodeURIComponent('a / b')}`)).body, {
      id,
      tags: ['billing'],
    })
    assert.deepEqual((await platform.get(id)).active_session?.tags, ['billing'])
    for (const tags of [undefined, [], [''], 'vip']) await refused(platform.agent('POST', path, { tags }), 400, /tag/)
  })

  it('read the history by limit and offset, with sessions and readers', async () => {
    const { id, external_id, say, session } = await platform.begin('one')
    for (const words of ['two', 'three']) await say(words)
    const token = house.agentToken
    const send = (body: object) => house.call('POST', `/api/conversations/${id}/messages`, { token, body })
    const buttons = { buttons: [{ label: 'Yes', value: 'yes' }] }
    await send({ content: 'Choose an option:', contentType: 'quick_button', richMedia: buttons })
    const read = await house.call('POST', `/api/conversations/${id}/read`, { token, body: {} })
    assert.equal(read.status, 200)
    const all = await eventually(async () => {
      const found = await platform.history(id)
      assert.equal(found.length, 4)
      assert.deepEqual(Object.keys(found[0]?.read_by ?? {}), [house.demo.agent.id])
      return found
    })
    const [first, , , last] = all
    const { id: messageId, created_at, read_by, ...rest } = first ?? assert.fail('no message')
    assert.match(`${messageId} ${created_at}`, /^[0-9a-f-]{36} \d{4}-.*Z$/)
    assert.match(String(read_by[house.demo.agent.id]), /Z$/)
    assert.deepEqual(rest, {
      session_id: session,
      sender_type: 'end_user',
      sender_id: external_id,
      content_type: 'text',
      content: 'one',
      rich_media: null,
      files: [],
    })
    assert.deepEqual(
      [last?.sender_type, last?.sender_id, last?.content_type, last?.rich_media, last?.read_by],
      ['agent', house.demo.agent.id, 'quick_button', buttons, {}],
    )
    const contents = async (query: string) => (await platform.history(id, query)).map(({ content }) => content)
    assert.deepEqual(await contents('?limit=2'), ['one', 'two'])
    assert.deepEqual(await contents('?limit=2&offset=1'), ['two', 'three'])
    assert.deepEqual(await contents('?offset=9'), [])
    await refused(platform.agent('GET', `/api/conversations/${id}/history?limit=0`), 400, /limit/)
  })

  it('find nothing of what is not there, or another organization’s', async () => {
    const { id } = await platform.begin()
    const [stranger] = await hire(house, 1, randomUUID())
    const ways: [method: 'GET' | 'POST' | 'DELETE', path: string, body?: object][] = [
      ['GET', ''],
      ['GET', '/history'],
      ['POST', '/assign'],
      ['POST', '/resolve', {}],
      ['POST', '/tag', { tags: ['a'] }],
      ['DELETE', '/tag/a'],
    ]
    for (const [method, path, body] of ways) {
      await refused(
        (await stranger?.ask(method, `/api/conversations/${id}${path}`, body)) ?? assert.fail(),
        404,
        /no such/,
      )
      await refused(platform.agent(method, `/api/conversations/${randomUUID()}${path}`, body), 404, /no such/)
      await refused(platform.agent(method, `/api/conversations/none${path}`, body), 400, /^id must be/)
    }
    await refused(platform.agent('GET', '/api/nowhere'), 404, /nothing at this path/)
  })

  it('may be another system with an API key, but for what is an agent’s own', async () => {
    const { id } = await platform.begin()
    const scopes = { name: 'CRM', scopes: ['read', 'write'] }
    const made = await house.call('POST', '/api/api-keys', { token: house.adminToken, body: scopes })
    const token = String(made.body.key)
    const at = (path: string) => `/platform/api/conversations${path}`
    assert.equal((await house.call('GET', at('/'), { token })).status, 200)
    assert.equal((await house.call('POST', at(`/${id}/tag`), { token, body: { tags: ['crm'] } })).status, 200)
    await refused(house.call('GET', at('/?filter=mine'), { token }), 403, /agent in person/)
    await refused(house.call('POST', at(`/${id}/assign`), { token }), 403, /agent in person/)
  })
})
