import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { v5 as uuidV5 } from 'uuid'
import { eventually } from '../../infra/local/testing/eventually.ts'
import type { EndUserMessage } from '../../schemas/dialects/chatbot-platform.ts'
import { type House, openSharedHouse } from '../house.ts'
import { openPlatform, origin, type Platform, sessionOf, signatureOf } from './platform.ts'
import { refused } from './refused.ts'

/** Document C as its widget and its apps speak over HTTP. Sockets and pages have issues of their own. */
describe('document C, chatbot platform: end users', () => {
  let house: House
  let platform: Platform

  before(async () => {
    house = await openSharedHouse()
    platform = await openPlatform(house)
  })

  const widgetHistory = (id: string, query: string, options = {}) =>
    house.call('GET', `/chat-widget/history/${id}?${query}`, options)

  it('read the last 100 messages, the oldest first, without sessions and readers', async function () {
    this.timeout(20_000)
    const { id, external_id, say } = await platform.begin('0')
    for (let n = 1; n <= 104; n++) await say(String(n))
    const shown = await eventually(async () => {
      const { status, body } = await widgetHistory(id, `external_id=${external_id}`)
      assert.equal(status, 200)
      const found = body as unknown as EndUserMessage[]
      assert.equal(found.at(-1)?.content, '104')
      return found
    })
    assert.equal(shown.length, 100)
    assert.equal(shown[0]?.content, '5')
    const keys = ['content', 'content_type', 'created_at', 'files', 'id', 'rich_media', 'sender_id', 'sender_type']
    assert.deepEqual(Object.keys(shown[0] ?? {}).sort(), keys)
  })

  it('are known by external_id: 403 for another, 404 for an unknown conversation, 400 without', async () => {
    const { id, external_id } = await platform.begin()
    await refused(widgetHistory(id, 'external_id=somebody-else'), 403, /external_id/)
    await refused(widgetHistory(randomUUID(), `external_id=${external_id}`), 404, /no such/)
    await refused(widgetHistory(id, ''), 400, /^external_id is required/)
    await refused(widgetHistory('none', `external_id=${external_id}`), 400, /conversation_id/)
  })

  it('of a widget are known by the visitor id', async () => {
    const body = { widgetId: house.demo.widgetId, visitorId: `visitor-${randomUUID()}` }
    const { id } = (await house.call('POST', '/api/conversations', { body })).body
    await house.call('POST', `/api/conversations/${id}/messages`, { body: { content: 'From the widget' } })
    await eventually(async () => {
      const seen = await widgetHistory(String(id), `external_id=${body.visitorId}`)
      assert.equal((seen.body as unknown as EndUserMessage[])[0]?.content, 'From the widget')
    })
    const shown = await platform.get(String(id))
    assert.deepEqual([shown.channel_id, shown.end_user.external_id], [house.demo.widgetId, body.visitorId])
  })

  it('get or create their conversation with an embed token, from the origins of the channel', async () => {
    const external_id = `user-${randomUUID()}`
    const first = await platform.init({ external_id, display_name: 'Alice Smith' }, { origin })
    assert.equal(first.status, 201)
    const { session_id, visitor_token, ...rest } = first.body
    const conversation_id = uuidV5(external_id, platform.channelId)
    assert.deepEqual(rest, { conversation_id, channel_id: platform.channelId, session_status: 'open' })
    assert.equal(typeof session_id, 'string')
    const again = await platform.init({ external_id })
    assert.deepEqual([again.status, again.body], [200, first.body])
    const tried = await platform.init({ external_id }, await sessionOf(house, house.demo.agent))
    assert.equal(tried.status, 200, 'an agent who tries it out is no agent there')
    assert.equal((await platform.get(conversation_id)).end_user.display_name, 'Alice Smith')
    await platform.init({ external_id, display_name: 'Alice Miller' })
    await eventually(async () =>
      assert.equal((await platform.get(conversation_id)).end_user.display_name, 'Alice Miller'),
    )
    const seen = await house.call('GET', `/api/conversations/${conversation_id}`, { token: String(visitor_token) })
    assert.deepEqual([seen.status, seen.body.channel], [200, 'webchat'])

    await refused(platform.init({ external_id }, { origin: 'https://evil.example' }), 403, /origin/)
    for (const embed_token of ['ew_none', house.demo.siteKey, platform.embedToken.replace('ew_', 'sk_')]) {
      await refused(platform.init({ external_id, embed_token }), 403, /^embed_token is invalid/)
    }
    await refused(platform.init({}), 400, /^external_id is required/)
    await refused(platform.init({ external_id: 'x'.repeat(201) }), 400, /^external_id must not be longer/)
    const headers = { 'content-type': 'application/json' }
    const broken = await house.call('POST', '/platform/api/conversations/init', { raw: '{', headers })
    await refused(broken, 400, /JSON/)
  })

  it('of an app that wants to know for sure are signed for by its own server', async () => {
    const config = { identityVerification: 'required' }
    const made = await platform.channel({ type: 'mobile_sdk', name: 'App', config })
    const embed_token = String(made.embedToken)
    const external_id = `user-${randomUUID()}`
    const signature = signatureOf(external_id, String(made.identitySecret))
    await refused(platform.init({ embed_token, external_id }), 403, /signature/)
    await refused(platform.init({ embed_token, external_id: 'somebody-else', signature }), 403, /signature/)
    const { status, body } = await platform.init({ embed_token, external_id, signature })
    assert.equal(status, 201, JSON.stringify(body))
    const id = String(body.conversation_id)
    await refused(widgetHistory(id, `external_id=${external_id}`), 403, /signature/)
    await eventually(async () => {
      const seen = await widgetHistory(id, `external_id=${external_id}&signature=${signature}`)
      assert.deepEqual([seen.status, seen.body], [200, []])
    })
    const token = String(body.visitor_token)
    assert.equal((await widgetHistory(id, `external_id=${external_id}`, { token })).status, 200)
  })

  it('find no channel that is switched off', async () => {
    const made = await platform.channel({ type: 'webchat', name: 'Asleep' })
    const off = { token: house.adminToken, body: { active: false } }
    assert.equal((await house.call('PATCH', `/api/channels/${made.id}`, off)).status, 200)
    const sleeping = { embed_token: String(made.embedToken), external_id: 'user-1' }
    await eventually(async () => await refused(platform.init(sleeping), 403, /switched off/))
  })
})
