import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { v5 as uuidV5 } from 'uuid'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createVisitorTokens } from '../infra/runtime/auth/visitor-tokens.ts'
import { Client } from '../realtime/testing/client.ts'
import { LogWriter } from '../realtime/testing/log-writer.ts'
import type { Conversation } from '../schemas/conversation/resource.ts'
import { streamOf } from '../schemas/streams.ts'
import { type Call, type CallOptions, callerOf } from './call.ts'
import { openWorkplace, type Workplace } from './workplace.ts'

describe('conversations of channels', () => {
  const channelId = randomUUID()
  const sleepingId = randomUUID()
  let stack: Stack
  let writer: LogWriter
  let command: Call
  let query: Call
  let place: Workplace
  let system: string
  const sockets: Client[] = []

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'command-api', 'projectors', 'query-api', 'realtime'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'warn' } })
    command = callerOf(stack.url('command-api'))
    query = callerOf(stack.url('query-api'))
    writer = new LogWriter(stack.config)
    place = await openWorkplace(stack.config, stack.url('command-api'))
    system = await place.token({ kind: 'system', id: 'gateway' })
    for (const id of [channelId, sleepingId]) {
      const facts = { channelType: 'webchat' as const, name: 'Web chat', config: {}, siteKey: null }
      const secrets = { embedTokenHash: null, secrets: {}, secretNames: [] }
      const data = { channelId: id, ...facts, ...secrets }
      await writer.append(streamOf('channel', id), place.workspaceId, [{ type: 'ChannelCreated', data }], { key: id })
    }
    const asleep = { type: 'ChannelUpdated' as const, data: { channelId: sleepingId, active: false } }
    await writer.append(streamOf('channel', sleepingId), place.workspaceId, [asleep], { key: sleepingId })
  })
  after(async () => {
    for (const { socket } of sockets) socket.terminate()
    await writer.close()
    await stack.stop()
  })

  const open = (body: object, token = system) =>
    command('POST', '/internal/channel-conversations', { token, body: { channelId, ...body } })
  const opened = async (externalId: string) => {
    const { status, body, headers } = await open({ externalId })
    assert.equal(status, 201, JSON.stringify(body))
    const { conversation, visitorToken } = body as { conversation: Conversation; visitorToken: string }
    return { ...conversation, visitorToken, position: String(headers['x-position']) }
  }

  it('begin once for an end user, however often and however many ask at the same time', async () => {
    const externalId = `user-${randomUUID()}`
    const contact = { name: 'Ada', email: 'ada@example.com', attributes: { plan: 'pro' } }
    const answers = await Promise.all(Array.from({ length: 10 }, () => open({ externalId, contact })))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    for (const { body } of answers) {
      const { conversation, visitorToken } = body as { conversation: Conversation; visitorToken: string }
      assert.equal(conversation.id, uuidV5(externalId, channelId))
      assert.equal(conversation.contactId, uuidV5(`contact:${externalId}`, channelId))
      const { visitorId, channel, widgetId, workspaceId, startedAt, revision } = conversation
      assert.deepEqual([visitorId, channel, widgetId, revision], [externalId, 'webchat', null, 0])
      assert.deepEqual([conversation.channelId, workspaceId], [channelId, place.workspaceId])
      assert.ok(startedAt)
      const { kind: _, ...claims } = await createVisitorTokens(stack.config.visitorSecret).readVisitorToken(
        visitorToken,
      )
      const { id: conversationId, contactId } = conversation
      assert.deepEqual(claims, { workspaceId, conversationId, contactId, visitorId })
    }
  })

  it('bring the contact up to date, unless they have begun and it is to be kept', async () => {
    const externalId = `user-${randomUUID()}`
    const contactId = uuidV5(`contact:${externalId}`, channelId)
    const facts = async () => {
      const events = []
      for await (const event of writer.log.readStream(streamOf('contact', contactId))) events.push(event.data)
      return events
    }
    await open({ externalId, contact: { name: 'Ada', attributes: { plan: 'free' } } })
    await open({ externalId, contact: { name: 'Ada' } })
    await open({ externalId })
    await open({ externalId, keepContact: true, contact: { name: 'Ada L.', attributes: { since: 2024 } } })
    const known = { contactId, visitorId: externalId, name: 'Ada', email: null, phone: null }
    const updated = { contactId, name: 'Ada L.', attributes: { plan: 'free', since: 2024 } }
    assert.deepEqual(await facts(), [{ ...known, attributes: { plan: 'free' } }, updated])

    const { body } = await open({ externalId })
    const { conversation, visitorToken } = body as { conversation: Conversation; visitorToken: string }
    const path = `/api/conversations/${conversation.id}/messages`
    const content = 'Hello'
    const token = await place.token({
      kind: 'visitor',
      workspaceId: place.workspaceId,
      conversationId: conversation.id,
      contactId,
      visitorId: externalId,
    })
    assert.equal((await command('POST', path, { token, body: { content } })).status, 201)
    const kept = await open({ externalId, keepContact: true, contact: { name: 'Somebody else' } })
    assert.deepEqual([kept.status, kept.body.created, kept.body.visitorToken], [200, false, visitorToken])
    assert.equal((kept.body.conversation as Conversation).messageCount, 1)
    assert.equal((await facts()).length, 2)
  })

  it('begin anew for an end user who was erased', async () => {
    const { id, contactId, visitorId } = await opened(`user-${randomUUID()}`)
    const erased = await command('DELETE', `/api/contacts/${contactId}`, { token: place.admin.token })
    assert.equal(erased.status, 204, JSON.stringify(erased.body))
    const again = await opened(visitorId)
    assert.equal(again.visitorId, visitorId)
    assert.notEqual(again.id, id)
    assert.notEqual(again.contactId, contactId)
    const { status, body } = await open({ externalId: visitorId, contact: { name: 'Ada' } })
    assert.deepEqual([status, (body.conversation as Conversation).id], [200, again.id])
  })

  it('do not begin in a channel that is unknown, another workspace’s, or not active, nor for anybody but our services', async () => {
    const externalId = 'user-1'
    assert.equal((await open({ externalId, channelId: randomUUID() })).status, 404)
    assert.equal((await open({ externalId, channelId: sleepingId })).status, 409)
    const elsewhere = await place.token({ kind: 'system', id: 'gateway', workspaceId: randomUUID() })
    assert.equal((await open({ externalId }, elsewhere)).status, 404)
    assert.equal((await open({ externalId }, place.admin.token)).status, 403)
    const huge = await open({ externalId, metadata: { words: 'x'.repeat(40_000) } })
    assert.deepEqual([huge.status, huge.body.detail], [400, 'metadata must not be larger than 32768 bytes'])
  })

  it('take no message of their end user while the channel is not active, and go on for agents', async () => {
    const id = randomUUID()
    const facts = { channelType: 'api' as const, name: 'Closing', config: {}, siteKey: null }
    const data = { channelId: id, ...facts, embedTokenHash: null, secrets: {}, secretNames: [] }
    const stream = streamOf('channel', id)
    await writer.append(stream, place.workspaceId, [{ type: 'ChannelCreated', data }], { key: id })
    const begun = await open({ channelId: id, externalId: 'late' })
    const { id: conversationId, contactId, visitorId } = begun.body.conversation as Conversation
    const at = `/api/conversations/${conversationId}/messages`
    const say = (token: string) => command('POST', at, { token, body: { content: 'Hello' } })
    const { workspaceId } = place
    const visitor = await place.token({ kind: 'visitor', workspaceId, conversationId, contactId, visitorId })
    assert.equal((await say(visitor)).status, 201)
    await writer.append(
      stream,
      place.workspaceId,
      [{ type: 'ChannelUpdated', data: { channelId: id, active: false } }],
      {
        key: id,
      },
    )
    // What is known of a channel may be a second old.
    await eventually(async () => assert.equal((await say(visitor)).status, 409))
    const { id: agentId, email } = place.agent
    const agent = await place.token({ kind: 'agent', id: agentId, workspaceId, role: 'agent', email })
    assert.equal((await say(agent)).status, 201)
  })

  it('are open to whoever shows their token, an agent’s credential or a key, and not there for all others', async () => {
    const [mine, other] = [await opened(`user-${randomUUID()}`), await opened(`user-${randomUUID()}`)]
    const tokenOf = ({ id, contactId, visitorId }: Conversation) =>
      place.token({
        kind: 'visitor',
        workspaceId: place.workspaceId,
        conversationId: id,
        contactId,
        visitorId,
      })
    const key = { kind: 'apiKey', id: randomUUID(), workspaceId: place.workspaceId, scopes: ['read', 'ai', 'write'] }
    const may = [
      await tokenOf(mine),
      place.agent.token,
      await place.token({ ...key, kind: 'apiKey' }),
      await place.token({ kind: 'system', id: 'flow-engine', workspaceId: place.workspaceId }),
    ]
    const mayNot = [
      undefined,
      await tokenOf(other),
      await place.token({
        kind: 'agent',
        id: randomUUID(),
        workspaceId: randomUUID(),
        role: 'admin',
        email: 'a@b.test',
      }),
    ]
    const headers = { 'x-wait-for': other.position }
    const tries: [string, (options: CallOptions) => ReturnType<Call>][] = [
      ['send', (options) => command('POST', `/api/conversations/${mine.id}/messages`, { ...options, body: hello })],
      ['read it', (options) => query('GET', `/api/conversations/${mine.id}`, { ...options, headers })],
      ['messages', (options) => query('GET', `/api/conversations/${mine.id}/messages`, { ...options, headers })],
    ]
    for (const [what, attempt] of tries) {
      for (const token of may) assert.ok((await attempt({ token })).status < 300, `${what} is refused`)
      for (const token of mayNot) assert.equal((await attempt({ token })).status, 404, what)
    }

    const join = async (token?: string) => {
      const client = new Client(stack.url('realtime'), token)
      sockets.push(client)
      const frame = await (await client.opened()).join(`conversation:${mine.id}`)
      return frame.type === 'error' ? frame.code : frame.type
    }
    const [visitor, agent] = may
    assert.deepEqual([await join(visitor), await join(agent)], ['joined', 'joined'])
    for (const token of mayNot) assert.equal(await join(token), 'not-found')
  })
})

const hello = { content: 'Hello' }
