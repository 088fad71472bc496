import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { eventually } from '../infra/local/testing/eventually.ts'
import {
  closingOf,
  type HubClient,
  type HubClientOptions,
  hubClient,
  transports,
} from '../realtime/testing/hub-client.ts'
import { type House, openHouse } from './house.ts'
import { openWorkplace } from './workplace.ts'

interface Started {
  id: string
  visitorId: string
  visitorToken: string
}

describe('the SignalR hub, as document A has it', () => {
  const clients: HubClient[] = []
  let house: House
  let hubUrl: string

  before(async () => {
    house = await openHouse({ ACCESS_TOKEN_SECONDS: '600' })
    hubUrl = `${house.stack.url('gateway')}/hubs/chat`
  })
  after(async () => {
    await Promise.all(clients.map(({ hub }) => hub.stop()))
    await house.stack.stop()
  })

  async function connect(url: string, options: HubClientOptions = {}): Promise<HubClient> {
    const client = hubClient(url, options)
    clients.push(client)
    await client.hub.start()
    return client
  }

  async function start(): Promise<Started> {
    const { body, status } = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
    assert.equal(status, 201, JSON.stringify(body))
    return { id: String(body.id), visitorId: String(body.visitorId), visitorToken: String(body.visitorToken) }
  }

  /** Does something over HTTP. */
  async function ask(path: string, token: string | undefined, body: unknown = {}): Promise<Record<string, unknown>> {
    const answer = await house.call('POST', path, { token, body })
    assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  const addressOf = ({ id, visitorToken }: Started) => `${hubUrl}?conversationId=${id}&token=${visitorToken}`

  for (const [name, options] of Object.entries(transports)) {
    it(`tells a visitor and an agent everything, over ${name}`, async () => {
      const conversation = await start()
      const { id, visitorId, visitorToken } = conversation
      const path = `/api/conversations/${id}`
      const visitor = await connect(addressOf(conversation), options)
      await visitor.hub.invoke('JoinConversation', id)
      const agent = await connect(hubUrl, { ...options, accessTokenFactory: () => house.agentToken })
      assert.deepEqual(await agent.hub.invoke('JoinConversation', id), { conversationId: id, revision: 0 })
      const both = async (event: Parameters<HubClient['told']>[0], count = 1) => {
        for (const client of [visitor, agent]) await eventually(() => assert.equal(client.told(event).length, count))
      }

      await visitor.hub.invoke('TypingStart', id)
      await eventually(() => assert.equal(agent.told('TypingStarted').length, 1))
      assert.deepEqual(agent.told('TypingStarted'), [
        { senderId: visitorId, senderType: 'visitor', conversationId: id },
      ])
      await ask(`${path}/messages`, undefined, { content: 'Hello', senderType: 'visitor' })
      await both('ReceiveMessage')
      // The message ends the typing.
      assert.deepEqual(agent.told('TypingStopped'), [{ senderId: visitorId, conversationId: id }])

      const { agent: who } = house.demo
      await ask(`${path}/assign`, house.agentToken, { agentId: who.id })
      await both('AgentAssigned')
      const [assigned] = visitor.told('AgentAssigned')
      assert.equal(assigned?.agentId, who.id)
      assert.equal(assigned?.agentName, 'Demo Agent')

      await agent.hub.send('TypingStart', id)
      await eventually(() => assert.equal(visitor.told('TypingStarted').length, 1))
      await agent.hub.send('TypingStop', id)
      await eventually(() =>
        assert.deepEqual(visitor.told('TypingStopped'), [{ senderId: who.id, conversationId: id }]),
      )
      await ask(`${path}/messages`, house.agentToken, { content: 'How can I help?', senderType: 'agent' })
      await both('ReceiveMessage', 2)

      // Exactly what GET gives.
      await eventually(async () => {
        const listed = await house.call('GET', `${path}/messages`, { token: house.agentToken })
        for (const client of [visitor, agent]) assert.deepEqual(client.told('ReceiveMessage'), listed.body.data)
      })

      // Read receipts, both ways, and what follows from them.
      const [first, second] = visitor.told('ReceiveMessage')
      await ask(`${path}/messages/${first?.id}/read`, house.agentToken)
      await both('MessagesRead')
      await ask(`${path}/messages/${second?.id}/read`, visitorToken)
      await both('MessagesRead', 2)
      assert.deepEqual(
        visitor.told('MessagesRead').map(({ messageIds, readBy, side }) => ({ messageIds, readBy, side })),
        [
          { messageIds: [first?.id], readBy: who.id, side: 'agent' },
          { messageIds: [second?.id], readBy: visitorId, side: 'visitor' },
        ],
      )
      await eventually(async () => {
        const seen = await house.call('GET', path, { token: house.adminToken })
        assert.deepEqual([seen.body.messageCount, seen.body.unreadCount], [2, 0])
      })

      await ask(`${path}/close`, house.agentToken)
      await both('ConversationClosed')
      assert.equal(visitor.told('ConversationClosed')[0]?.conversationId, id)
      const revisions = visitor.heard.flatMap(({ payload }) =>
        'revision' in payload ? [Number(payload.revision)] : [],
      )
      assert.deepEqual(
        revisions,
        revisions.toSorted((one, other) => one - other),
      )
      assert.equal(new Set(revisions).size, revisions.length)

      assert.equal(await visitor.hub.invoke('LeaveConversation', id), null)
      await ask(`${path}/messages`, house.agentToken, { content: 'Anything else?', senderType: 'agent' })
      await eventually(() => assert.equal(agent.told('ReceiveMessage').length, 3))
      assert.equal(visitor.told('ReceiveMessage').length, 2)
      await assert.rejects(visitor.hub.invoke('TypingStart', id), /not in the room/)
      await Promise.all([visitor.hub.stop(), agent.hub.stop()])
    })
  }

  it('gives from the beginning what happened before, to who asks for it', async () => {
    const conversation = await start()
    const path = `/api/conversations/${conversation.id}`
    for (const content of ['one', 'two', 'three']) await ask(`${path}/messages`, undefined, { content })
    const late = await connect(`${addressOf(conversation)}&after=-1`)
    await eventually(() => assert.equal(late.heard.length, 3))
    const { revision } = await late.hub.invoke('JoinConversation', conversation.id)
    assert.equal(revision, 3)
    const again = await connect(hubUrl)
    assert.deepEqual(await again.hub.invoke('JoinConversation', conversation.id, 2), {
      conversationId: conversation.id,
      revision: 3,
    })
    assert.deepEqual(
      again.told('ReceiveMessage').map(({ content }) => content),
      ['three'],
    )
  })

  it('takes the credential from the header, from token and from access_token, and no bad one', async () => {
    const conversation = await start()
    for (const query of [`token=${house.agentToken}`, `access_token=${house.agentToken}`, 'token=']) {
      const client = await connect(`${hubUrl}?${query}`, transports['WebSockets without negotiation'])
      await client.hub.invoke('JoinConversation', conversation.id)
      await client.hub.stop()
    }
    await assert.rejects(connect(`${hubUrl}?token=guess`), /401/)
    const options = { ...transports['long polling'], accessTokenFactory: () => 'guess' }
    await assert.rejects(connect(hubUrl, options), /401/)
  })

  it('lets nobody go on with the connection of another, nor pages of strangers use a cookie', async () => {
    const { email, password } = house.demo.agent
    const logIn = await house.call('POST', '/auth/login', { body: { email, password } })
    const cookie = String(logIn.headers['set-cookie']).split(';')[0] ?? ''
    const idFor = async (headers: Record<string, string>) => {
      const { body } = await house.call('POST', '/hubs/chat/negotiate?negotiateVersion=1', { headers })
      return String(body.connectionToken)
    }
    const status = async (id: string, headers: Record<string, string>) =>
      (await fetch(`${hubUrl}?id=${id}`, { headers })).status
    const authorization = `Bearer ${house.agentToken}`
    assert.equal(await status(await idFor({ cookie }), { cookie }), 200)
    // By cookie or by token, it is the same person.
    assert.equal(await status(await idFor({ cookie }), { authorization }), 200)
    assert.equal(await status(await idFor({ cookie }), { cookie, origin: 'https://evil.example' }), 404)
    assert.equal(await status(await idFor({ authorization }), {}), 404)
    assert.equal(await status(await idFor({ authorization }), { authorization: `Bearer ${house.adminToken}` }), 404)
  })

  it('shows nobody the conversation of another workspace, or one that wants its own token', async () => {
    const { config } = house.stack
    const other = await openWorkplace(config, house.stack.url('command-api'), { identityVerification: 'required' })
    const { body } = await house.call('POST', '/api/conversations', { body: { widgetId: other.widgetId } })
    const foreign = { id: String(body.id), visitorId: '', visitorToken: String(body.visitorToken) }
    const own = await start()

    const agent = await connect(hubUrl, { accessTokenFactory: () => house.agentToken })
    await assert.rejects(agent.hub.invoke('JoinConversation', foreign.id), /no such conversation/)
    await assert.rejects(agent.hub.invoke('JoinConversation', randomUUID()), /no such conversation/)
    await assert.rejects(agent.hub.invoke('JoinConversation', 'x'), /conversationId must be a valid uuid/)
    await assert.rejects(agent.hub.invoke('JoinConversation'), /takes conversationId, after; 0 arguments/)
    await assert.rejects(agent.hub.invoke('JoinConversation', own.id, 'x'), /after must be/)
    await assert.rejects(agent.hub.invoke('Dance'), /no method Dance/)

    const visitor = await connect(hubUrl, { accessTokenFactory: () => own.visitorToken })
    await assert.rejects(visitor.hub.invoke('JoinConversation', foreign.id), /no such conversation/)
    const stranger = await connect(hubUrl)
    await assert.rejects(stranger.hub.invoke('JoinConversation', foreign.id), /needs a visitor token/)

    // Whoever names it in the address has no answer but the end.
    const refused = hubClient(`${hubUrl}?conversationId=${foreign.id}&token=${house.agentToken}`, { reconnect: [0] })
    const closing = closingOf(refused)
    // By then it may have started, or not.
    const why = await refused.hub.start().then(
      () => closing,
      (error: Error) => error.message,
    )
    assert.match(why, /no such conversation/)

    const right = await connect(addressOf(foreign))
    await right.hub.invoke('JoinConversation', foreign.id)
    await ask(`/api/conversations/${foreign.id}/messages`, foreign.visitorToken, { content: 'seen by its own' })
    await eventually(() => assert.equal(right.heard.length, 1))
    for (const client of [agent, visitor, stranger]) assert.deepEqual(client.heard, [])
  })

  it('ends with the credential, and says so', async () => {
    const { agent, workspaceId } = house.demo
    const sign = (seconds: number) =>
      new SignJWT({ sub: agent.id, email: agent.email, app_metadata: { workspace_id: workspaceId, role: 'agent' } })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
        .sign(new TextEncoder().encode(house.stack.config.goTrueSecret))
    const { id } = await start()
    const short = await sign(2)
    let token = short
    const client = await connect(hubUrl, { accessTokenFactory: () => token, reconnect: [0, 0, 0] })
    const { hub } = client
    const why = new Promise<string>((resolve) => hub.onreconnecting((error) => resolve(error?.message ?? '')))
    const back = new Promise<void>((resolve) => hub.onreconnected(() => resolve()))
    await hub.invoke('JoinConversation', id)
    token = house.agentToken
    assert.match(await why, /credential has expired/)
    await back
    await hub.invoke('JoinConversation', id)
  })

  it('ends when the agent is removed, and gives him nothing after', async () => {
    const made = await ask('/api/agents', house.adminToken, { email: 'short@demo.test', name: 'Short', role: 'agent' })
    const token = await new SignJWT({
      sub: String(made.id),
      email: 'short@demo.test',
      app_metadata: { workspace_id: house.demo.workspaceId, role: 'agent' },
    })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(house.stack.config.goTrueSecret))
    const { id } = await start()
    const client = await connect(`${hubUrl}?conversationId=${id}&token=${token}`, { reconnect: [0, 0] })
    await client.hub.invoke('JoinConversation', id)
    const closing = closingOf(client)
    const removed = await house.call('DELETE', `/api/agents/${made.id}`, { token: house.adminToken })
    assert.ok(removed.status < 300, JSON.stringify(removed.body))
    assert.match(await closing, /removed from the workspace/)
    await ask(`/api/conversations/${id}/messages`, undefined, { content: 'not for him' })
    assert.deepEqual(client.heard, [])
    await assert.rejects(connect(`${hubUrl}?token=${token}`), /40[13]/)
  })
})
