import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { type Call, callerOf } from '../call.ts'
import { type House, openSharedHouse } from '../house.ts'
import { refused } from './refused.ts'
import { firstWords, openSite, type Site, type SiteMessage } from './site.ts'

const origin = 'https://shop.example'
const formType = 'application/x-www-form-urlencoded'

/** Document B as the script on a site speaks: a site key, a token of its own for the visitor, and nothing else. */
describe('document B, site chat', () => {
  let house: House
  let call: Call
  let site: Site

  before(async () => {
    house = await openSharedHouse()
    call = callerOf(house.stack.url('gateway'))
    site = await openSite(house, {
      greeting: 'Hello there!',
      autoReply: 'We will be right back.',
      allowedOrigins: [origin],
    })
  })

  describe('the site key', () => {
    it('comes as a header, as bearer, or in the address', async () => {
      const shown: [string, Record<string, string>][] = [
        ['', { 'x-site-key': site.siteKey }],
        ['', { authorization: `Bearer ${site.siteKey}` }],
        [`?site_key=${site.siteKey}`, {}],
      ]
      for (const [query, headers] of shown) {
        const { status, body } = await call('GET', `/api/v1/chat/config${query}`, { headers })
        assert.deepEqual([status, body], [200, { greeting: 'Hello there!' }])
      }
    })

    it('is refused with 401 where it is missing, wrong, another kind of key, or of a channel that is gone', async () => {
      const gone = await call('POST', '/api/channels', {
        token: house.adminToken,
        body: { type: 'site', name: 'Gone' },
      })
      await call('DELETE', `/api/channels/${gone.body.id}`, { token: house.adminToken })
      const { siteKey } = site
      const wrong = `${siteKey.slice(0, -1)}${siteKey.endsWith('A') ? 'B' : 'A'}`
      const none = [undefined, wrong, 'sk_', house.demo.embedToken, String(gone.body.siteKey), house.agentToken]
      for (const key of none) {
        const headers: Record<string, string> = key === undefined ? {} : { 'x-site-key': key }
        await refused(call('GET', '/api/v1/chat/config', { headers }), 401, 'Invalid or missing site key')
      }
      await refused(
        call('POST', '/api/v1/chat/conversations', { body: firstWords() }),
        401,
        'Invalid or missing site key',
      )
    })

    it('holds for the origins of the channel', async () => {
      const { status } = await site.chat('GET', '/config', { headers: { origin } })
      assert.equal(status, 200)
      const elsewhere = site.chat('GET', '/config', { headers: { origin: 'https://evil.example' } })
      await refused(elsewhere, 403, 'Requests from this origin are not allowed')
    })

    it('may be sent by a page of another origin: the preflight allows its header', async () => {
      const answer = await fetch(`${house.stack.url('gateway')}/api/v1/chat/conversations`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-site-key,content-type',
        },
      })
      assert.equal(answer.status, 204)
      assert.match(answer.headers.get('access-control-allow-headers') ?? '', /x-site-key/i)
    })
  })

  describe('POST /api/v1/chat/conversations', () => {
    it('creates a conversation with its first message, for a contact of that name', async () => {
      const body = firstWords()
      const { status, body: created } = await site.chat('POST', '/conversations', { body })
      assert.equal(status, 201)
      assert.deepEqual(Object.keys(created).sort(), ['auto_reply', 'conversation_token'])
      assert.equal(created.auto_reply, 'We will be right back.')
      const [first, ...more] = await site.messagesOnce(body.visitor_token, 1)
      assert.deepEqual(more, [], 'the auto reply is stored')
      const { timestamp, id, ...rest } = first as SiteMessage
      assert.deepEqual(rest, { direction: 'inbound', body: body.message, author: 'Jane Doe', files: [] })
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT.*Z$/)
      assert.match(id, /^[0-9a-f-]{36}$/)
      const seen = await call('GET', `/api/conversations/${site.conversationOf(body.visitor_token)}`, {
        token: String(created.conversation_token),
      })
      assert.deepEqual([seen.status, seen.body.channel, seen.body.status], [200, 'site', 'open'])
    })

    it('says what is wrong in the words of the document: what is missing, then the address, then the length', async () => {
      const required = 'Name, email, message, and visitor_token are required'
      const wrong: [object, string][] = [
        [{}, required],
        ...['name', 'email', 'message', 'visitor_token'].flatMap((name): [object, string][] => [
          [firstWords({ [name]: undefined }), required],
          [firstWords({ [name]: '  ' }), required],
          [firstWords({ [name]: null }), required],
        ]),
        [firstWords({ name: '', email: 'nobody', message: 'x'.repeat(10_001) }), required],
        [firstWords({ email: 'nobody' }), 'Invalid email address'],
        [firstWords({ email: 'nobody', message: 'x'.repeat(10_001) }), 'Invalid email address'],
        [firstWords({ message: 'x'.repeat(10_001) }), 'Message is too long (maximum 10000 characters)'],
        [firstWords({ message: '🙂'.repeat(10_001) }), 'Message is too long (maximum 10000 characters)'],
        [firstWords({ name: 'x'.repeat(201) }), 'Name is too long (maximum 200 characters)'],
        [firstWords({ visitor_token: 'x'.repeat(201) }), 'Visitor token is too long (maximum 200 characters)'],
      ]
      for (const [body, sentence] of wrong) await refused(site.chat('POST', '/conversations', { body }), 422, sentence)
      await refused(
        site.chat('POST', '/conversations', { body: firstWords({ name: 7 }) }),
        422,
        'name must be a string',
      )
      const raw = { raw: '{"name"', headers: { 'content-type': 'application/json' } }
      await refused(site.chat('POST', '/conversations', raw), 400, /JSON/)
      const longest = await site.chat('POST', '/conversations', {
        body: firstWords({ message: '🙂'.repeat(10_000), more: 1 }),
      })
      assert.equal(longest.status, 201)
      const form = { raw: String(new URLSearchParams(firstWords())), headers: { 'content-type': formType } }
      assert.equal((await site.chat('POST', '/conversations', form)).status, 201)
    })

    it('refuses a second one of a visitor token, and leaves the first and its contact as they are', async () => {
      const { token } = await site.begin()
      const second = firstWords({ visitor_token: token, name: 'Somebody Else', message: 'me too' })
      const taken = 'A conversation with this visitor token already exists'
      await refused(site.chat('POST', '/conversations', { body: second }), 409, taken)
      const [first] = await site.messagesOnce(token, 1)
      assert.equal(first?.author, 'Jane Doe')
    })

    it('lets one of many at the same time win', async () => {
      const body = firstWords()
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          site.chat('POST', '/conversations', { body: { ...body, message: `I am ${n}` } }),
        ),
      )
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)])
      await site.messagesOnce(body.visitor_token, 1)
    })

    it('goes on where a try ended before its first message', async () => {
      const body = firstWords()
      const { internalSecret } = house.stack.config
      const system = await createInternalTokens(internalSecret).issue({ kind: 'system', id: 'test' })
      const open = { channelId: site.channelId, externalId: body.visitor_token, contact: { name: 'Broken Off' } }
      const commandApi = callerOf(house.stack.url('command-api'))
      const broken = await commandApi('POST', '/internal/channel-conversations', { token: system, body: open })
      assert.equal(broken.status, 201)
      assert.equal((await site.chat('POST', '/conversations', { body })).status, 201)
      const [first] = await site.messagesOnce(body.visitor_token, 1)
      assert.equal(first?.author, 'Jane Doe')
    })

    it('begins anew for a visitor who was erased', async () => {
      const { token, id } = await site.begin()
      const { body } = await eventually(async () => {
        const seen = await call('GET', `/api/conversations/${id}`, { token: house.adminToken })
        assert.equal(seen.status, 200)
        return seen
      })
      const erased = await call('DELETE', `/api/contacts/${body.contactId}`, { token: house.adminToken })
      assert.equal(erased.status, 204)
      await eventually(() => refused(site.chat('GET', `/conversations/${token}/messages`), 404, /no such/))
      const again = await site.chat('POST', '/conversations', { body: firstWords({ visitor_token: token }) })
      assert.equal(again.status, 201)
      await site.messagesOnce(token, 1)
    })

    it('answers the same to the same Idempotency-Key', async () => {
      const body = firstWords()
      const headers = { 'idempotency-key': randomUUID() }
      const [first, again] = [
        await site.chat('POST', '/conversations', { body, headers }),
        await site.chat('POST', '/conversations', { body, headers }),
      ]
      assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body])
      await refused(
        site.chat('POST', '/conversations', { body: { ...body, message: 'other' }, headers }),
        422,
        /Idempotency/,
      )
      await site.messagesOnce(body.visitor_token, 1)
    })
  })

  describe('GET and POST /api/v1/chat/conversations/:visitor_token/messages', () => {
    const reply = (token: string, message?: unknown) =>
      site.chat('POST', `/conversations/${token}/messages`, { body: { message } })
    const answer = (id: string, content: object) =>
      call('POST', `/api/conversations/${id}/messages`, { token: house.agentToken, body: content })

    it('shows both sides with their authors, and never a note', async () => {
      const { token, id, conversationToken } = await site.begin()
      await call('POST', `/api/conversations/${id}/notes`, {
        token: house.agentToken,
        body: { content: 'a difficult one' },
      })
      assert.equal((await answer(id, { content: 'Sure! Let me look into that for you.' })).status, 201)
      const sent = await reply(token, 'Thank you')
      assert.deepEqual([sent.status, sent.body], [201, { status: 'ok' }])
      const buttons = { buttons: [{ label: 'Yes', value: 'yes' }] }
      await answer(id, { contentType: 'quick_button', content: 'Anything else?', richMedia: buttons })
      const all = await site.messagesOnce(token, 4)
      const { name } = (await call('GET', `/api/agents/${house.demo.agent.id}`, { token: house.agentToken })).body
      assert.deepEqual(
        all.map(({ direction, body, author }) => [direction, body, author]),
        [
          ['inbound', 'Hi, I need help with billing.', 'Jane Doe'],
          ['outbound', 'Sure! Let me look into that for you.', name],
          ['inbound', 'Thank you', 'Jane Doe'],
          ['outbound', 'Anything else?\n- Yes', name],
        ],
      )
      assert.deepEqual(await site.messages(conversationToken), all, 'by the conversation token')
    })

    it('gives what came after a time, or after a message', async () => {
      const { token } = await site.begin()
      await reply(token, 'two')
      await reply(token, 'three')
      const [, second, third] = await site.messagesOnce(token, 3)
      const since = async (since: string) =>
        (await site.messages(token, `?since=${encodeURIComponent(since)}`)).map(({ body }) => body)
      assert.deepEqual(await since(String(second?.id)), ['three'])
      assert.deepEqual(await since(String(third?.id)), [])
      assert.deepEqual(await since(String(third?.timestamp)), [])
      assert.equal((await since('2025-01-15T10:30:00Z')).length, 3)
      assert.equal((await since('2025-01-15T10:30:00+02:00')).length, 3)
      assert.equal(
        (await site.messages(token, '?since=2025-01-15T10:30:00+02:00')).length,
        3,
        'a + that came as a space',
      )
      for (const wrong of ['yesterday', '2025-13-40T10:00:00Z', randomUUID()]) {
        await refused(site.chat('GET', `/conversations/${token}/messages?since=${wrong}`), 422, /^since /)
      }
    })

    it('opens a closed conversation again by a reply', async () => {
      const { token, id } = await site.begin()
      await call('POST', `/api/conversations/${id}/close`, { token: house.agentToken, body: {} })
      assert.equal((await reply(token, 'One more thing')).status, 201)
      await eventually(async () => {
        const { body } = await call('GET', `/api/conversations/${id}`, { token: house.adminToken })
        assert.deepEqual([body.status, body.sessions], ['open', 2])
      })
    })

    it('refuses what says nothing or too much, and tokens that nobody has', async () => {
      const { token } = await site.begin()
      for (const message of [undefined, null, '', ' ']) await refused(reply(token, message), 422, 'Message is required')
      await refused(reply(token, 'x'.repeat(10_001)), 422, 'Message is too long (maximum 10000 characters)')
      const nobody = `/conversations/${randomUUID()}/messages`
      const longer = `/conversations/${'x'.repeat(201)}/messages`
      await refused(site.chat('GET', longer), 404, 'There is no such conversation.')
      await refused(site.chat('GET', nobody), 404, 'There is no such conversation.')
      await refused(site.chat('POST', nobody, { body: { message: 'Hello?' } }), 404, 'There is no such conversation.')
      const elsewhere = `/api/v1/chat/conversations/${token}/messages?site_key=${house.demo.siteKey}`
      await refused(call('GET', elsewhere), 404, 'There is no such conversation.')
      await refused(site.chat('GET', '/nowhere'), 404, /nothing at this path/)
    })
  })
})
