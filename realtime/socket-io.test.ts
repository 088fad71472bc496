import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import type { SocketAck } from '../schemas/realtime/socket-io.ts'
import { type BreakableWire, breakableWire } from './testing/breakable-wire.ts'
import { Client } from './testing/client.ts'
import { LogWriter } from './testing/log-writer.ts'
import { type ClientOptions, SocketIoClient } from './testing/socket-io-client.ts'

const presenceMs = 900
const messages = 200
const cuts = 12
const perMinute = 6

describe('socket.io: several instances', () => {
  const workspaceId = randomUUID()
  const clients: { close(): void }[] = []
  let stack: Stack
  /** Another instance on the same stores, with limits. */
  let other: Stack
  let writer: LogWriter
  const wires: BreakableWire[] = []

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'command-api', 'realtime'] as const
    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      REALTIME_PRESENCE_MS: String(presenceMs),
      REALTIME_FRAME_RATE: '1000',
    }
    stack = await startStack({ ports: 'free', only, env: { ...env, RATE_LIMITS: 'off' } })
    const { EVENTSTORE_URL = '', DATABASE_URL = '', DATABASE_READ_URL = '', REDIS_URL = '' } = stack.env
    const stores = { EVENTSTORE_URL, DATABASE_URL, DATABASE_READ_URL, REDIS_URL }
    const limits = { COMMAND_API_URL: stack.url('command-api'), RATE_LIMIT_SCALE: String(perMinute * (100 / 60)) }
    other = await startStack({ ports: 'free', only: ['realtime'], env: { ...env, ...stores, ...limits } })
    writer = new LogWriter(stack.config)
  })
  after(async () => {
    for (const client of clients) client.close()
    await Promise.all(wires.map((wire) => wire.stop()))
    await writer.close()
    await other.stop()
    await stack.stop()
  })

  const connect = (origin: string, options: ClientOptions = {}) => {
    const client = new SocketIoClient(origin, { transports: ['websocket'], ...options })
    clients.push(client)
    return client.connected()
  }
  const tokenOf = (id: string) =>
    createInternalTokens(stack.config.internalSecret).issue({
      kind: 'agent',
      id,
      workspaceId,
      role: 'agent',
      email: 'a@demo.test',
    })
  const asAgent = async (id: string, at: Stack, options: ClientOptions = {}) =>
    connect(at.url('realtime'), { ...options, extraHeaders: { authorization: `Bearer ${await tokenOf(id)}` } })
  const statusOf = (client: SocketIoClient, agentId: string) =>
    client.of('agent_status_changed').flatMap(({ agent_id, status }) => (agent_id === agentId ? [status] : []))
  const shows = (client: SocketIoClient, agentId: string, ...states: string[]) =>
    client.until(() => String(statusOf(client, agentId)) === String(states), `${agentId} is not ${states}`)

  it('know an agent on every instance, until his last connection is gone', async () => {
    const [ann, bob, wendy, walter] = await Promise.all(Array.from({ length: 4 }, () => writer.agent(workspaceId)))
    const first = await asAgent(String(ann), stack)
    const watchers = [await asAgent(String(wendy), stack), await asAgent(String(walter), other)]
    for (const watcher of watchers) await watcher.done('join_org_presence')
    for (const watcher of watchers) for (const id of [ann, wendy, walter]) await shows(watcher, String(id), 'online')

    const second = await asAgent(String(ann), other, { transports: ['polling'] })
    first.close()
    // Whatever protocol it is that he comes by.
    const plain = await new Client(stack.url('realtime'), await tokenOf(String(bob))).opened()
    for (const watcher of watchers) await shows(watcher, String(bob), 'online')
    plain.socket.close()
    for (const watcher of watchers) await shows(watcher, String(bob), 'online', 'offline')
    for (const watcher of watchers) assert.deepEqual(statusOf(watcher, String(ann)), ['online'])
    second.close()
    for (const watcher of watchers) await shows(watcher, String(ann), 'online', 'offline')
    for (const watcher of watchers) watcher.close()
  })

  it('forget the agents of an instance that is killed', async () => {
    const [ann, wendy] = await Promise.all([writer.agent(workspaceId), writer.agent(workspaceId)])
    await asAgent(ann, other, { reconnection: false })
    const watcher = await asAgent(wendy, stack)
    await watcher.done('join_org_presence')
    await shows(watcher, ann, 'online')
    await other.kill('realtime', 'SIGKILL')
    await shows(watcher, ann, 'online', 'offline')
    await other.start('realtime')
    await other.waitReady('realtime')
    assert.deepEqual(statusOf(watcher, wendy), ['online'])
    watcher.close()
  })

  it('drop what an end user sends too much, without a word, and nothing of others', async () => {
    const conversation = await writer.start(workspaceId)
    const agent = await writer.agent(workspaceId)
    const about = { conversation_id: conversation.id, external_id: conversation.visitorId }
    const [visitor, answering] = [await connect(other.url('realtime')), await asAgent(agent, other)]
    await visitor.done('join_conversation', about)
    const acks: SocketAck[] = []
    for (let sent = 0; sent < perMinute + 3; sent++) {
      const message = { ...about, content: `message ${sent + 1}`, sender_type: 'end_user' }
      // Without an acknowledgement nobody is told anything.
      if (sent === perMinute) visitor.socket.emit('send_message', message)
      else acks.push(await visitor.ask('send_message', message))
    }
    assert.deepEqual(
      acks.map(({ ok }) => ok),
      [...Array.from({ length: perMinute }, () => true), false, false],
    )
    for (let sent = 0; sent < perMinute + 2; sent++) {
      await answering.done('send_message', {
        conversation_id: conversation.id,
        content: 'patience',
        sender_type: 'agent',
      })
    }
    await visitor.until(() => visitor.of('message_received').length === 2 * perMinute + 2)
    const own = visitor.of('message_received').filter(({ sender_type }) => sender_type === 'end_user')
    assert.deepEqual(
      own.map(({ content }) => content),
      Array.from({ length: perMinute }, (_, at) => `message ${at + 1}`),
    )
    assert.deepEqual(visitor.of('error'), [])
    // Where limits are off there is none.
    const free = await connect(stack.url('realtime'))
    for (let sent = 0; sent < perMinute + 2; sent++) {
      await free.done('send_message', { ...about, content: 'more', sender_type: 'end_user' })
    }
  })

  // Polls of one connection have to reach the instance that has it; whoever comes anew may come to any.
  const ways = {
    'WebSocket, to any instance': { transports: ['websocket'], instances: 2 },
    polling: { transports: ['polling'], instances: 1 },
  }
  for (const [name, { transports, instances }] of Object.entries(ways)) {
    it(`give each message once, in order, to who joins with after, whatever breaks, over ${name}`, async () => {
      const rooms = await Promise.all(Array.from({ length: 3 }, () => writer.start(workspaceId)))
      const urls = [stack, other].map((one) => one.url('realtime'))
      const wire = await breakableWire(...urls.slice(0, instances))
      wires.push(wire)
      const client = new SocketIoClient(wire.url, { transports })
      clients.push(client)
      const revisions = (id: string) =>
        client.of('message_received').flatMap((one) => (one.conversation_id === id ? [Number(one.revision)] : []))
      let returns = 0
      client.socket.on('connect', () => {
        returns += 1
        for (const { id, visitorId: external_id } of rooms) {
          const after = revisions(id).at(-1) ?? 0
          client.socket.emit('join_conversation', { conversation_id: id, external_id, after })
        }
      })
      const writing = async () => {
        for (let sent = 0; sent < messages; sent++) {
          for (const room of rooms) await writer.message(room, `message ${sent + 1}`)
          await sleep(4)
        }
      }
      const breaking = async () => {
        for (let cut = 0; cut < cuts; cut++) {
          await sleep(60 + Math.random() * 80)
          wire.cut()
          if (cut !== cuts / 2) continue
          await stack.kill('realtime', 'SIGKILL')
          await stack.start('realtime')
          await stack.waitReady('realtime')
        }
      }
      await Promise.all([writing(), breaking()])
      const all = Array.from({ length: messages }, (_, at) => at + 1)
      await client.until(() => rooms.every(({ id }) => revisions(id).length >= messages), 'not all has come', 20_000)
      for (const { id } of rooms) assert.deepEqual(revisions(id), all)
      assert.ok(returns > cuts / 4, `it came back ${returns} times`)
      client.close()
    })
  }

  it('give the queue from a position on another instance', async () => {
    const agent = await writer.agent(workspaceId)
    const conversation = await writer.start(workspaceId)
    const before = await asAgent(agent, stack)
    const { position } = await before.done('join_queue')
    await writer.message(conversation, 'first')
    const first = await before.next('conversation_updated', ({ content }) => content === 'first')
    assert.notEqual(first.position, position)
    before.close()
    await writer.message(conversation, 'second')
    const after = await asAgent(agent, other)
    await after.done('join_queue', { after: first.position })
    const { content, conversation_id } = await after.next('conversation_updated')
    assert.deepEqual([content, conversation_id], ['second', conversation.id])
    assert.match(await after.refused('join_queue', { after: 'x' }), /after must/)
  })
})
