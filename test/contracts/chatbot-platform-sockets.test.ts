import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { v5 as uuidV5 } from 'uuid'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { type ClientOptions, SocketIoClient } from '../../realtime/testing/socket-io-client.ts'
import { type House, openSharedHouse } from '../house.ts'
import { hire, openPlatform, origin, type Platform, sessionOf, signatureOf } from './platform.ts'

const transports: Record<string, ClientOptions> = {
  WebSocket: { transports: ['websocket'] },
  polling: { transports: ['polling'] },
  'polling that is upgraded': {},
}

/** Document C's sockets, as its widget, its inbox and its apps speak: the published client, through the gateway. */
describe('document C, chatbot platform: sockets', () => {
  const clients: SocketIoClient[] = []
  let house: House
  let platform: Platform

  before(async () => {
    house = await openSharedHouse()
    platform = await openPlatform(house)
  })
  after(() => {
    for (const client of clients) client.close()
  })

  const connect = (options: ClientOptions = {}): Promise<SocketIoClient> => {
    const client = new SocketIoClient(house.stack.url('gateway'), { transports: ['websocket'], ...options })
    clients.push(client)
    return client.connected()
  }
  const asAgent = (token = house.agentToken) => connect({ auth: { token } })
  const inApp = (external_id: string, more: object = {}) =>
    connect({ auth: { embed_token: platform.embedToken, external_id, ...more } })
  const user = () => `mobile-user-${randomUUID()}`
  /** The end user of a conversation, who has joined it. */
  const endUserOf = async ({ id, external_id }: { id: string; external_id: string }, options?: ClientOptions) => {
    const client = await connect(options)
    await client.done('join_conversation', { conversation_id: id, external_id })
    return client
  }

  const unreadIn = async (id: string) => {
    const { body } = await house.call('GET', '/api/conversations?limit=100', { token: house.agentToken })
    return (body.data as { id: string; unreadCount: number }[]).find((one) => one.id === id)?.unreadCount
  }

  for (const [name, options] of Object.entries(transports)) {
    it(`tell an end user and an agent everything, over ${name}`, async () => {
      const begun = await platform.begin()
      const { id, external_id, session } = begun
      const about = { conversation_id: id }
      const visitor = await endUserOf(begun, options)
      const agent = await connect({ ...options, extraHeaders: await sessionOf(house, house.demo.agent) })
      await agent.done('join_queue')
      await agent.done('claim_conversation', about)
      const mine = (payload: Record<string, unknown>) => payload.conversation_id === id
      const { position, ...assigned } = await agent.next('conversation_assigned', mine)
      assert.deepEqual(assigned, { conversation_id: id, assigned_to: house.demo.agent.id })
      assert.equal(typeof position, 'string')

      await visitor.done('user_typing', { ...about, sender_type: 'end_user' })
      assert.deepEqual(await agent.next('typing_indicator'), { ...about, sender_type: 'end_user' })
      const words = { content: 'Hello, I need help', content_type: 'text', sender_type: 'end_user', external_id }
      const sent = await visitor.done('send_message', { ...about, ...words })
      assert.deepEqual(await agent.next('typing_cleared'), about)
      for (const client of [visitor, agent]) {
        const { created_at, revision, ...message } = await client.next('message_received')
        assert.deepEqual(message, {
          id: sent.id,
          conversation_id: id,
          session_id: session,
          sender_type: 'end_user',
          sender_id: external_id,
          content_type: 'text',
          content: 'Hello, I need help',
          rich_media: null,
          files: [],
        })
        assert.ok(Number.isInteger(revision) && !Number.isNaN(Date.parse(String(created_at))))
      }
      const told = await agent.next('conversation_updated', mine)
      assert.deepEqual(told, {
        ...about,
        sender_type: 'end_user',
        content_type: 'text',
        content: 'Hello, I need help',
        position: told.position,
      })

      await agent.done('user_typing', { ...about, sender_type: 'agent' })
      assert.deepEqual(await visitor.next('typing_indicator'), { ...about, sender_type: 'agent' })
      await agent.done('user_typing', { ...about, sender_type: 'agent', is_typing: false })
      assert.deepEqual(await visitor.next('typing_cleared'), about)
      const rich = { buttons: [{ label: 'Yes', value: 'yes' }] }
      const choice = { content: 'Choose', content_type: 'quick_button', rich_media: rich, sender_type: 'agent' }
      const asked = await agent.done('send_message', { ...about, ...choice })
      const answer = await visitor.next('message_received', ({ sender_type }) => sender_type === 'agent')
      assert.deepEqual(
        [answer.id, answer.sender_id, answer.content_type, answer.rich_media],
        [asked.id, house.demo.agent.id, 'quick_button', rich],
      )

      // Receipts, both ways, and what follows from them.
      await agent.done('mark_read', { ...about, message_ids: [sent.id] })
      await visitor.done('mark_read', { ...about, message_ids: [asked.id] })
      for (const client of [visitor, agent]) {
        await client.until(() => client.of('messages_read').length === 2)
        assert.deepEqual(
          client.of('messages_read').map(({ revision: _, ...receipt }) => receipt),
          [
            { ...about, message_ids: [sent.id], reader_type: 'agent', reader_id: house.demo.agent.id },
            { ...about, message_ids: [asked.id], reader_type: 'end_user', reader_id: external_id },
          ],
        )
      }
      const thread = await platform.history(id)
      assert.deepEqual(
        thread.map(({ read_by }) => Object.keys(read_by)),
        [[], [house.demo.agent.id], [external_id]],
      )
      // The greeting before is still unread.
      assert.equal(await unreadIn(id), 1)

      await platform.agent('POST', `/api/conversations/${id}/resolve`)
      const resolved = await agent.next('conversation_updated', (one) => mine(one) && one.status === 'resolved')
      assert.deepEqual(resolved, { ...about, status: 'resolved', position: resolved.position })
      await visitor.done('send_message', { ...about, ...words, content: 'One more thing' })
      await agent.next('conversation_updated', (one) => mine(one) && one.status === 'open')
      const anew = await agent.next('message_received', ({ content }) => content === 'One more thing')
      assert.notEqual(anew.session_id, session)

      await visitor.done('leave_conversation', about)
      await agent.done('send_message', { ...about, content: 'Anything else?', sender_type: 'agent' })
      await agent.next('message_received', ({ content }) => content === 'Anything else?')
      assert.equal(visitor.of('message_received').length, 3)
      assert.deepEqual([...visitor.of('error'), ...agent.of('error')], [])
      for (const client of [visitor, agent]) client.close()
    })
  }

  it('begin the conversation of an app with its embed token, once, and let it hear what comes', async () => {
    const external_id = user()
    const app = await inApp(external_id, { display_name: 'Alice Smith' })
    const first = { content: 'From the app', sender_type: 'end_user', client_id: 'first' }
    const ack = await app.done('send_message', first)
    const id = uuidV5(external_id, platform.channelId)
    assert.deepEqual([ack.id, ack.conversation_id], [id, id])
    const again = await app.done('send_message', first)
    assert.deepEqual(again, ack, 'the same client_id is the same message')
    const received = await app.next('message_received')
    assert.deepEqual([received.id, received.conversation_id], [ack.message_id, id])
    await app.done('send_message', { content: 'And more', sender_type: 'end_user' })
    await app.until(() => app.of('message_received').length === 2)
    const shown = await eventually(async () => {
      const found = await platform.get(id)
      assert.equal(found.end_user.display_name, 'Alice Smith')
      return found
    })
    assert.deepEqual([shown.channel_id, shown.end_user.external_id], [platform.channelId, external_id])
    await eventually(async () => assert.equal((await platform.history(id)).length, 2))
  })

  it('begin nothing with a bad embed token, from a page that may not show the chat, or without a name', async () => {
    const message = { content: 'Hello', sender_type: 'end_user' }
    const bad = await connect({ auth: { embed_token: `${platform.embedToken}x`, external_id: user() } })
    assert.match(await bad.refused('send_message', message), /embed_token is invalid/)
    const from = (page: string) => ({
      auth: { embed_token: platform.embedToken, external_id: user() },
      extraHeaders: { origin: page },
    })
    assert.match(await (await connect(from('https://evil.example'))).refused('send_message', message), /origin/)
    for (const page of [origin, house.stack.url('gateway')]) {
      await (await connect(from(page))).done('send_message', message)
    }
    const nameless = await connect({ auth: { embed_token: platform.embedToken } })
    assert.match(await nameless.refused('send_message', message), /external_id is required/)
    const tokenless = await connect()
    assert.match(await tokenless.refused('send_message', { ...message, external_id: user() }), /embed_token/)
  })

  it('take a name only with its signature where the channel wants it, and end what has none when it begins to', async () => {
    const secret = 'a secret of the site of sixteen'
    const config = { title: 'Signed', identityVerification: 'required' }
    const made = await platform.channel({
      type: 'webchat',
      name: 'Signed',
      config,
      secrets: { identitySecret: secret },
    })
    const external_id = user()
    const message = { content: 'It is me', sender_type: 'end_user' }
    const app = (more: object) => connect({ auth: { embed_token: String(made.embedToken), external_id, ...more } })
    assert.match(await (await app({})).refused('send_message', message), /signature/)
    assert.match(await (await app({ signature: '0'.repeat(64) })).refused('send_message', message), /signature/)
    const signature = signatureOf(external_id, secret)
    const { id } = await (await app({ signature })).done('send_message', message)
    const about = { conversation_id: id, external_id }
    const other = await connect()
    assert.match(await other.refused('join_conversation', about), /signature/)
    await other.done('join_conversation', { ...about, signature })

    const settings = (identityVerification: string) =>
      house.call('PATCH', `/api/channels/${made.id}`, {
        token: house.adminToken,
        body: { config: { identityVerification } },
      })
    assert.equal((await settings('off')).status, 200)
    const trusting = await eventually(async () => {
      const client = await connect()
      await client.done('join_conversation', about)
      return client
    })
    assert.equal((await settings('required')).status, 200)
    assert.match(String((await trusting.next('error')).message), /asks for more/)
    await (await app({ signature })).done('send_message', { ...message, content: 'Only for the signed' })
    await other.next('message_received', ({ content }) => content === 'Only for the signed')
    assert.deepEqual(trusting.of('message_received'), [])
  })

  it('give a conversation to one of ten agents who claim it at once, and tell the others alone', async () => {
    const { id } = await platform.begin()
    const watcher = await asAgent()
    await watcher.done('join_queue')
    const agents = await hire(house, 10)
    const sockets = await Promise.all(agents.map(({ token }) => asAgent(token)))
    const acks = await Promise.all(sockets.map((socket) => socket.ask('claim_conversation', { conversation_id: id })))
    const winners = acks.flatMap((ack, at) => (ack.ok ? [at] : []))
    assert.equal(winners.length, 1)
    const winner = winners[0] ?? -1
    for (const [at, socket] of sockets.entries()) {
      const expected = at === winner ? [] : [{ message: 'already assigned' }]
      assert.deepEqual(socket.of('error'), expected)
      if (at !== winner) assert.deepEqual(acks[at], { ok: false, message: 'already assigned' })
    }
    const assigned = await watcher.next('conversation_assigned', ({ conversation_id }) => conversation_id === id)
    assert.equal(assigned.assigned_to, agents[winner]?.id)
    // The winner is in the room; claiming what one has is fine.
    await sockets[winner]?.done('user_typing', { conversation_id: id, sender_type: 'agent' })
    await sockets[winner]?.done('claim_conversation', { conversation_id: id })
    assert.deepEqual(watcher.of('error'), [])
  })

  it('show nobody what is not his: other end users, other organizations, the queue', async () => {
    const begun = await platform.begin()
    const { id, external_id } = begun
    const about = { conversation_id: id }
    const [stranger] = await hire(house, 1, randomUUID())
    const [agent, visitor, other] = [await asAgent(stranger?.token), await endUserOf(begun), await connect()]
    const absent = /no such conversation/

    for (const name of ['join_conversation', 'claim_conversation']) {
      assert.match(await agent.refused(name, about), absent)
    }
    assert.match(await agent.refused('send_message', { ...about, content: 'x', sender_type: 'agent' }), absent)
    assert.match(await agent.refused('mark_read', { ...about, message_ids: [randomUUID()] }), absent)
    await agent.done('join_queue')

    for (const claim of [about, { ...about, external_id: 'somebody-else' }]) {
      assert.match(await other.refused('join_conversation', claim), absent)
    }
    const forged = { ...about, content: 'x', sender_type: 'end_user', external_id: 'somebody-else' }
    assert.match(await other.refused('send_message', forged), absent)
    assert.match(await other.refused('join_conversation', { conversation_id: randomUUID(), external_id }), absent)
    for (const [name, words] of [
      ['join_queue', /queue is for agents/],
      ['join_org_presence', /for agents/],
      ['claim_conversation', /credential of an agent/],
    ] as const) {
      assert.match(await visitor.refused(name, about), words)
    }
    assert.match(await visitor.refused('send_message', { ...about, content: 'x', sender_type: 'agent' }), /of an agent/)
    assert.match(await visitor.refused('user_typing', { ...about, sender_type: 'agent' }), /not in the conversation as/)
    assert.match(await other.refused('user_typing', { ...about, sender_type: 'end_user' }), /Join the conversation/)
    assert.match(await other.refused('mark_read', { ...about, message_ids: [randomUUID()] }), /external_id/)

    await visitor.done('send_message', { ...about, content: 'mine', sender_type: 'end_user', external_id })
    await visitor.next('message_received')
    for (const client of [agent, other]) assert.deepEqual([...new Set(client.heard.map(({ name }) => name))], ['error'])
    await eventually(async () => assert.equal((await platform.history(id)).length, 2))
  })

  it('say what is wrong to the sender alone', async () => {
    const begun = await platform.begin()
    const about = { conversation_id: begun.id, sender_type: 'end_user', external_id: begun.external_id }
    const [visitor, agent] = [await endUserOf(begun), await asAgent()]
    await agent.done('join_conversation', { conversation_id: begun.id })
    const wrong: [string, unknown, RegExp][] = [
      ['send_message', { ...about }, /content/],
      ['send_message', { ...about, content: 'x', conversation_id: 'none' }, /conversation_id/],
      [
        'send_message',
        { ...about, content: '', content_type: 'image', rich_media: { url: 'javascript:x' } },
        /rich|url/i,
      ],
      ['send_message', { ...about, content: 'x', content_type: 'hologram' }, /content_type/],
      ['send_message', 'text', /object/],
      ['send_message', undefined, /sender_type/],
      ['mark_read', { conversation_id: begun.id, message_ids: [randomUUID()] }, /no message/],
      ['mark_read', { conversation_id: begun.id, message_ids: [] }, /message_ids/],
      ['leave_conversation', { conversation_id: randomUUID() }, /not in the room/],
      ['dance', {}, /no event dance/],
    ]
    for (const [name, payload, words] of wrong) assert.match(await visitor.refused(name, payload), words)
    assert.equal(visitor.of('error').length, wrong.length)
    visitor.socket.emit('error', 'of the client’s own')
    await visitor.done('send_message', { ...about, content: 'Still here' })
    await agent.next('message_received')
    assert.deepEqual(agent.of('error'), [])
  })

  it('know agents by cookie from trusted pages, by bearer and by auth.token, and no bad credential', async () => {
    const { cookie } = await sessionOf(house, house.demo.agent)
    const bearer = { authorization: `Bearer ${house.agentToken}` }
    for (const options of [
      { extraHeaders: { cookie, origin: house.stack.url('gateway') } },
      { extraHeaders: bearer, transports: ['polling'] },
      { query: { token: house.agentToken } },
    ]) {
      await (await connect(options)).done('join_queue')
    }
    const nobody = await connect({ extraHeaders: { cookie, origin: 'https://evil.example' } })
    assert.match(await nobody.refused('join_queue'), /for agents/)
    const trying = await connect({ extraHeaders: { cookie }, auth: { embed_token: platform.embedToken } })
    assert.match(
      await trying.refused('join_queue'),
      /for agents/,
      'an agent who tries the widget out is no agent there',
    )
    await assert.rejects(connect({ auth: { token: 'guess' }, reconnection: false }), /invalid or has expired/)
    await assert.rejects(connect({ query: { token: 'guess' }, reconnection: false }), /websocket error/)
    await assert.rejects(connect({ auth: { token: 7 }, reconnection: false }), /token must be/)
    // A visitor token says whose conversation it is without a name.
    const begun = await platform.begin()
    const visitor = await connect({ auth: { token: begun.token } })
    await visitor.done('join_conversation', { conversation_id: begun.id })
    await visitor.done('send_message', { conversation_id: begun.id, content: 'By token', sender_type: 'end_user' })
    await visitor.next('message_received')
  })

  it('are cut when the agent is removed, who gets nothing after', async () => {
    const { id, say } = await platform.begin()
    const [gone] = await hire(house, 1)
    const client = await asAgent(gone?.token)
    await client.done('join_conversation', { conversation_id: id })
    const why = new Promise((resolve) => client.socket.once('disconnect', resolve))
    const removed = await house.call('DELETE', `/api/agents/${gone?.id}`, { token: house.adminToken })
    assert.equal(removed.status, 204, JSON.stringify(removed.body))
    assert.equal(await why, 'io server disconnect')
    await say('after')
    assert.deepEqual(client.of('message_received'), [])
  })
})
