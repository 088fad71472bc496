import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { type BreakableWire, breakableWire } from './testing/breakable-wire.ts'
import { type HubClient, hubClient, transports } from './testing/hub-client.ts'
import { type Conversation, LogWriter } from './testing/log-writer.ts'

const messages = 240
const cuts = 12

describe('signalr: resume', () => {
  const workspaceId = randomUUID()
  let stack: Stack
  /** Another instance on the same stores. */
  let other: Stack
  let writer: LogWriter
  let wire: BreakableWire

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = { NODE_ENV: 'test', LOG_LEVEL: 'error', REALTIME_FRAME_RATE: '1000' }
    stack = await startStack({ ports: 'free', only, env })
    const { EVENTSTORE_URL = '', DATABASE_URL = '', DATABASE_READ_URL = '', REDIS_URL = '' } = stack.env
    const stores = { EVENTSTORE_URL, DATABASE_URL, DATABASE_READ_URL, REDIS_URL }
    other = await startStack({ ports: 'free', only: ['realtime'], env: { ...env, ...stores } })
    writer = new LogWriter(stack.config)
    wire = await breakableWire(stack.url('realtime'))
  })
  after(async () => {
    await wire.stop()
    await writer.close()
    await other.stop()
    await stack.stop()
  })

  const reconnect = Array.from({ length: 200 }, () => 20)
  const hubUrl = (query = '') => `${wire.url}/hubs/chat${query}`
  const revisions = ({ heard }: HubClient) => heard.map(({ payload }) => Number(payload.revision))
  const lastOf = (client: HubClient) => revisions(client).at(-1) ?? 0
  const all = Array.from({ length: messages }, (_, index) => index + 1)

  const agentHeaders = async () => {
    const id = await writer.agent(workspaceId)
    const caller = { kind: 'agent', id, workspaceId, role: 'agent', email: 'a@demo.test' } as const
    return { authorization: `Bearer ${await createInternalTokens(stack.config.internalSecret).issue(caller)}` }
  }

  async function write(conversation: Conversation, senderType: 'visitor' | 'agent' = 'visitor'): Promise<void> {
    const { sessionId } = conversation
    for (let sent = 0; sent < messages; sent++) {
      const message = {
        messageId: randomUUID(),
        sessionId,
        senderType,
        senderId: 'somebody',
        contentType: 'text' as const,
      }
      await writer.tell(conversation, { type: 'MessageSent', data: { ...message, content: `message ${sent + 1}` } })
      await sleep(4)
    }
  }

  async function cutting(returns: () => number): Promise<void> {
    for (let cut = 0; cut < cuts; cut++) {
      await sleep(40 + Math.random() * 60)
      wire.cut()
    }
    // A busy machine may have taken several cuts for one.
    for (let cut = 0; cut < 2; cut++) {
      const before = returns()
      wire.cut()
      await eventually(() => assert.ok(returns() > before))
    }
  }

  /** How often a client has been cut off and come back. */
  function returnsOf({ hub }: HubClient): () => number {
    let returns = 0
    hub.onreconnected(() => {
      returns += 1
    })
    return () => returns
  }

  for (const [name, options] of Object.entries(transports)) {
    it(`gives each message once, in order, to one who joins again with the last revision, over ${name}`, async () => {
      const conversation = await writer.start(workspaceId)
      const client = hubClient(hubUrl(), { ...options, reconnect })
      const { hub } = client
      const returns = returnsOf(client)
      // A connection that breaks while it joins will join on the next.
      const join = () =>
        hub.invoke('JoinConversation', conversation.id, lastOf(client)).catch((error: Error) => error.message)
      hub.onreconnected(join)
      await hub.start()
      await join()
      await Promise.all([write(conversation), cutting(returns)])
      await eventually(() => assert.equal(client.heard.length, messages))
      assert.deepEqual(revisions(client), all)
      await hub.stop()
    })
  }

  it('gives each message once, in order, to one who names the revision in the address', async () => {
    const conversation = await writer.start(workspaceId)
    const address = (after: number) => hubUrl(`?conversationId=${conversation.id}&after=${after}`)
    const client = hubClient(address(0), { reconnect })
    const returns = returnsOf(client)
    client.hub.onreconnecting(() => {
      client.hub.baseUrl = address(lastOf(client))
    })
    await client.hub.start()
    await Promise.all([write(conversation), cutting(returns)])
    await eventually(() => assert.equal(client.heard.length, messages))
    assert.deepEqual(revisions(client), all)
    await client.hub.stop()
  })

  it('gives each message once, in order, over a connection that outlives its WebSockets, both ways', async () => {
    const conversation = await writer.start(workspaceId)
    const watcher = hubClient(`${stack.url('realtime')}/hubs/chat`, { headers: await agentHeaders() })
    await watcher.hub.start()
    await watcher.hub.invoke('JoinConversation', conversation.id)
    const client = hubClient(hubUrl(`?conversationId=${conversation.id}`), { stateful: true })
    const { hub } = client
    await hub.start()
    const { connectionId } = hub
    await hub.invoke('JoinConversation', conversation.id)
    const socketsBefore = wire.opened
    const typing = async () => {
      for (let round = 0; round < 2 * cuts; round++) {
        await hub.invoke(round % 2 === 0 ? 'TypingStart' : 'TypingStop', conversation.id)
        await sleep(25)
      }
    }
    // The client gives its connection up when it is cut while it resumes.
    const cuttingWhenBack = async () => {
      for (let cut = 0; cut < cuts; cut++) {
        const before = client.heard.length
        await eventually(() => assert.ok(client.heard.length > before || before === messages))
        await sleep(20 + Math.random() * 60)
        wire.cut()
      }
    }
    await Promise.all([write(conversation, 'agent'), cuttingWhenBack(), typing()])
    await eventually(() => assert.equal(client.heard.length, messages))
    assert.deepEqual(revisions(client), all)
    assert.equal(hub.connectionId, connectionId)
    assert.ok(wire.opened - socketsBefore >= 2, `it had ${wire.opened - socketsBefore} more sockets`)
    const signs = watcher.heard.flatMap(({ event }) => (event.startsWith('Typing') ? [event] : []))
    assert.deepEqual(
      signs,
      signs.map((_, index) => (index % 2 === 0 ? 'TypingStarted' : 'TypingStopped')),
    )
    assert.equal(signs.length, 2 * cuts)
    await hub.stop()
    await watcher.hub.stop()
  })

  for (const [name, options] of Object.entries(transports)) {
    // Nobody acknowledges an event stream: what is on its way in a break is lost to such a client (docs/realtime.md).
    if (name === 'server-sent events') continue
    it(`leaves no gap for one who only names the conversation, while much is said, over ${name}`, async () => {
      const conversation = await writer.start(workspaceId)
      const client = hubClient(hubUrl(`?conversationId=${conversation.id}`), { ...options, reconnect })
      const returns = returnsOf(client)
      await client.hub.start()
      await client.hub.invoke('JoinConversation', conversation.id)
      await Promise.all([write(conversation), cutting(returns)])
      const once = () => [...new Set(revisions(client))]
      await eventually(() => assert.equal(once().length, messages))
      assert.deepEqual(once(), all)
      await client.hub.stop()
    })
  }

  it('leaves no gap for one who only names the conversation, also when the server is killed', async () => {
    const conversation = await writer.start(workspaceId)
    const client = hubClient(hubUrl(`?conversationId=${conversation.id}`), { reconnect })
    const returns = returnsOf(client)
    await client.hub.start()
    await client.hub.invoke('JoinConversation', conversation.id)
    const stays = async (count: number) => {
      await eventually(() => assert.equal(client.heard.length, count))
      // What came just before a break may come again: here it is known to have come.
      await sleep(1500)
    }
    await writer.message(conversation, 'before')
    await stays(1)

    wire.isDown = true
    wire.cut()
    for (const text of ['while', 'it', 'was', 'away']) await writer.message(conversation, text)
    wire.isDown = false
    await stays(5)

    await stack.kill('realtime', 'SIGKILL')
    for (const text of ['while', 'nobody', 'served']) await writer.message(conversation, text)
    await stack.start('realtime')
    await stays(8)
    assert.deepEqual(revisions(client), [1, 2, 3, 4, 5, 6, 7, 8])
    assert.ok(returns() >= 2)
    await client.hub.stop()

    // One who said goodbye begins with the present.
    await writer.message(conversation, 'after the goodbye')
    const anew = hubClient(hubUrl(`?conversationId=${conversation.id}`))
    await anew.hub.start()
    assert.deepEqual(await anew.hub.invoke('JoinConversation', conversation.id), {
      conversationId: conversation.id,
      revision: 9,
    })
    assert.deepEqual(anew.heard, [])
    await anew.hub.stop()
  })

  it('needs no server in particular: what one has negotiated, and where one has broken off, the other goes on with', async () => {
    const conversation = await writer.start(workspaceId)
    const query = `?conversationId=${conversation.id}`
    const answer = await fetch(`${stack.url('realtime')}/hubs/chat/negotiate?negotiateVersion=1`, { method: 'POST' })
    const { connectionToken }: { connectionToken?: unknown } = JSON.parse(await answer.text())
    const there = `${other.url('realtime')}/hubs/chat${query}`
    const elsewhere = hubClient(`${there}&id=${connectionToken}`, transports['WebSockets without negotiation'])
    await elsewhere.hub.start()
    await elsewhere.hub.invoke('JoinConversation', conversation.id)
    await elsewhere.hub.stop()

    const client = hubClient(hubUrl(query), { reconnect })
    client.hub.onreconnecting(() => {
      client.hub.baseUrl = there
    })
    await client.hub.start()
    await client.hub.invoke('JoinConversation', conversation.id)
    await writer.message(conversation, 'here')
    await eventually(() => assert.equal(client.heard.length, 1))
    await sleep(1500)
    await stack.kill('realtime', 'SIGTERM')
    await writer.message(conversation, 'in between')
    await eventually(() => assert.deepEqual(revisions(client), [1, 2]))
    await client.hub.stop()
    await stack.start('realtime')
  })
})
