import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { createVisitorTokens } from '../infra/runtime/auth/visitor-tokens.ts'
import type { ServerFrame } from '../schemas/realtime/frames.ts'
import { Client } from './testing/client.ts'
import { type Conversation, LogWriter } from './testing/log-writer.ts'

describe('realtime: who may see what', () => {
  const workspaceId = randomUUID()
  let stack: Stack
  let writer: LogWriter
  const clients: Client[] = []

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = { NODE_ENV: 'test', LOG_LEVEL: 'warn' }
    stack = await startStack({ ports: 'free', only, env })
    writer = new LogWriter(stack.config)
  })
  after(async () => {
    for (const client of clients) client.socket.terminate()
    await writer.close()
    await stack.stop()
  })

  const connect = (token?: string) => {
    const client = new Client(stack.url('realtime'), token)
    clients.push(client)
    return client.opened()
  }
  const agentToken = (id: string, workspace = workspaceId, expiresAt?: number) =>
    createInternalTokens(stack.config.internalSecret).issue({
      kind: 'agent',
      id,
      workspaceId: workspace,
      role: 'agent',
      email: 'a@demo.test',
      ...(expiresAt === undefined ? {} : { expiresAt }),
    })
  const visitorToken = ({ id: conversationId, contactId, visitorId }: Conversation) =>
    createVisitorTokens(stack.config.visitorSecret).issueVisitorToken({
      workspaceId,
      conversationId,
      contactId,
      visitorId,
    })
  const codeOf = (frame: ServerFrame) => (frame.type === 'error' ? frame.code : frame.type)
  const roomOf = ({ id }: Conversation) => `conversation:${id}`

  it('shows a visitor neither notes nor tags nor other data, which an agent in the same room gets', async () => {
    const conversation = await writer.start(workspaceId)
    const agentId = await writer.agent(workspaceId)
    const [agent, visitor] = [await connect(await agentToken(agentId)), await connect()]
    for (const client of [agent, visitor]) {
      assert.equal(codeOf(await client.join(roomOf(conversation), { after: -1 })), 'joined')
    }
    const { sessionId } = conversation
    const byAgent = { kind: 'agent' as const, id: agentId }
    const note = { noteId: randomUUID(), sessionId, agentId, content: 'a private note' }
    await writer.tell(conversation, { type: 'NoteAdded', data: note }, byAgent)
    await writer.tell(conversation, { type: 'ConversationTagged', data: { tag: 'private-tag' } }, byAgent)
    const read = { messageIds: [randomUUID()], side: 'agent' as const, readerId: agentId, unreadCount: 7 }
    await writer.tell(conversation, { type: 'MessagesRead', data: read }, byAgent)
    await writer.message(conversation, 'for all')
    for (const client of [agent, visitor]) {
      await client.next((frame) => frame.type === 'event' && frame.event.type === 'MessageSent')
    }
    assert.deepEqual(agent.types(), [
      'ConversationStarted',
      'NoteAdded',
      'ConversationTagged',
      'MessagesRead',
      'MessageSent',
    ])
    assert.deepEqual(visitor.types(), ['MessagesRead', 'MessageSent'])
    const words = /private|secret-page|unreadCount|contactId/
    assert.match(JSON.stringify(agent.frames), words)
    assert.doesNotMatch(JSON.stringify(visitor.frames), words)
    // The same by resume: revisions are not dense for a visitor.
    const again = await connect()
    await again.join(roomOf(conversation), { after: 0 })
    await again.next((frame) => frame.type === 'live')
    assert.deepEqual(again.types(), ['MessagesRead', 'MessageSent'])
  })

  it("answers another workspace's conversation as one that does not exist", async () => {
    const conversation = await writer.start(workspaceId)
    const stranger = await connect(await agentToken(randomUUID(), randomUUID()))
    const foreign = await stranger.join(roomOf(conversation), { after: -1 })
    const absent = await stranger.join(`conversation:${randomUUID()}`, { after: -1 })
    assert.deepEqual([codeOf(foreign), codeOf(absent)], ['not-found', 'not-found'])
    assert.equal('message' in foreign && foreign.message, 'message' in absent && absent.message)
    await writer.message(conversation, 'not for strangers')
    await stranger.settled()
    assert.deepEqual(stranger.types(), [])
  })

  it('keeps the inbox to agents, and to their own workspace', async () => {
    const [anonymous, stranger] = [await connect(), await connect(await agentToken(randomUUID(), randomUUID()))]
    const agent = await connect(await agentToken(await writer.agent(workspaceId)))
    assert.equal(codeOf(await anonymous.join('inbox')), 'unauthenticated')
    assert.equal(codeOf(await stranger.join('inbox')), 'joined')
    const joined = await agent.join('inbox')
    const conversation = await writer.start(workspaceId)
    await writer.message(conversation, 'hello')
    await agent.until(() => agent.types().includes('MessageSent'))
    await stranger.settled()
    assert.deepEqual(stranger.types(), [])
    // Resumed from the position of the join, it gives the same.
    const again = await connect(await agentToken(await writer.agent(workspaceId)))
    assert.ok('position' in joined)
    await again.join('inbox', { after: joined.position })
    await again.next((frame) => frame.type === 'live')
    assert.deepEqual(again.types(), ['ConversationStarted', 'MessageSent'])
    const positions = (client: Client) =>
      client.frames.flatMap((frame) => (frame.type === 'event' && 'position' in frame ? [frame.position] : []))
    assert.deepEqual(positions(again), positions(agent))
  })

  it('asks for a visitor token where the widget does, and ends what rested on the id alone when it begins to', async () => {
    const strict = await writer.start(workspaceId, await writer.widget(workspaceId, 'required'))
    const visitor = await connect()
    assert.equal(codeOf(await visitor.join(roomOf(strict))), 'unauthenticated')
    assert.equal(codeOf(await visitor.join(roomOf(strict), { token: 'not.a.token' })), 'unauthenticated')
    assert.equal(codeOf(await visitor.join(roomOf(strict), { token: await visitorToken(strict) })), 'joined')

    const widgetId = await writer.widget(workspaceId, 'off')
    const lax = await writer.start(workspaceId, widgetId)
    const [anonymous, known] = [await connect(), await connect()]
    assert.equal(codeOf(await anonymous.join(roomOf(lax), { after: -1 })), 'joined')
    assert.equal(codeOf(await known.join(roomOf(lax), { after: -1, token: await visitorToken(lax) })), 'joined')
    await writer.message(lax, 'before')
    await anonymous.until(() => anonymous.types().length === 1)
    await writer.requireTokens(workspaceId, widgetId)
    const revoked = await anonymous.next((frame) => frame.type === 'revoked')
    assert.deepEqual(revoked, { type: 'revoked', room: roomOf(lax), reason: 'token-required' })
    await writer.message(lax, 'after')
    await known.until(() => known.types().length === 2)
    await anonymous.settled()
    assert.deepEqual(anonymous.types(), ['MessageSent'])
    assert.equal(codeOf(await anonymous.join(roomOf(lax))), 'unauthenticated')
  })

  it('cuts the sockets of an agent who is removed, and delivers nothing after', async () => {
    const conversation = await writer.start(workspaceId)
    const [leaving, staying] = [await writer.agent(workspaceId), await writer.agent(workspaceId)]
    const [cut, kept] = [await connect(await agentToken(leaving)), await connect(await agentToken(staying))]
    for (const client of [cut, kept]) await client.join(roomOf(conversation))
    await writer.message(conversation, 'before')
    await cut.until(() => cut.types().length === 1)
    await writer.removeAgent(workspaceId, leaving)
    await writer.message(conversation, 'after')
    assert.equal(await cut.closed, 4403)
    await kept.until(() => kept.types().length === 2)
    assert.deepEqual(cut.types(), ['MessageSent'])
    const back = await connect(await agentToken(leaving))
    assert.equal(codeOf(await back.join(roomOf(conversation), { after: -1 })), 'forbidden')
  })

  it('closes a socket when its credential expires, and takes no bad one', async () => {
    const conversation = await writer.start(workspaceId)
    const agentId = await writer.agent(workspaceId)
    const soon = Math.floor(Date.now() / 1000) + 2
    const client = await connect(await agentToken(agentId, workspaceId, soon))
    assert.equal(codeOf(await client.join(roomOf(conversation))), 'joined')
    assert.equal(await client.closed, 4401)
    assert.ok(Date.now() >= soon * 1000)
    await assert.rejects(connect('not.a.token'), /401/)
  })

  it('tells the others who types and who is there, and forgets both', async () => {
    const conversation = await writer.start(workspaceId)
    const agentId = await writer.agent(workspaceId)
    const [agent, visitor] = [await connect(await agentToken(agentId)), await connect()]
    for (const client of [agent, visitor]) {
      await client.join(roomOf(conversation))
      await client.next((frame) => frame.type === 'live')
    }
    await agent.until(() =>
      agent.frames.some((frame) => frame.type === 'presence' && frame.changes[0]?.kind === 'visitor'),
    )
    visitor.send({ type: 'typing', room: roomOf(conversation), state: 'started' })
    const states = () => agent.frames.flatMap((frame) => (frame.type === 'typing' ? [frame.state] : []))
    await agent.until(() => states().length === 1)
    await writer.message(conversation, 'sent')
    await agent.until(() => states().length === 2)
    visitor.socket.close()
    await agent.until(() =>
      agent.frames.some((frame) => frame.type === 'presence' && frame.changes[0]?.state === 'offline'),
    )
    assert.deepEqual(states(), ['started', 'stopped'])
    assert.ok(!visitor.frames.some(({ type }) => type === 'typing' || type === 'presence'))
  })
})
