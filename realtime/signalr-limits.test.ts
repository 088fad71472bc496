import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { breakableWire } from './testing/breakable-wire.ts'
import { hubClient, transports } from './testing/hub-client.ts'
import { type Conversation, LogWriter, messageOf } from './testing/log-writer.ts'
import { RawHub } from './testing/raw-hub.ts'

const bufferBytes = 65_536
const maxRooms = 5
const maxSockets = 30
const separator = '\u001e'

describe('signalr: bounds', () => {
  const workspaceId = randomUUID()
  let stack: Stack
  let writer: LogWriter
  let hub: string

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      REALTIME_BUFFER_BYTES: String(bufferBytes),
      REALTIME_STALL_MS: '200',
      REALTIME_FRAME_RATE: '10',
      REALTIME_MAX_ROOMS: String(maxRooms),
      REALTIME_MAX_SOCKETS: String(maxSockets),
      // Long enough that who does not read is cut for that, before he is for his silence, on a busy machine too.
      REALTIME_CLIENT_TIMEOUT_MS: '3000',
    }
    stack = await startStack({ ports: 'free', only, env })
    writer = new LogWriter(stack.config)
    hub = `${stack.url('realtime')}/hubs/chat`
  })
  after(async () => {
    await writer.close()
    await stack.stop()
  })

  const connect = () => new RawHub(stack.url('realtime')).shaken()
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${stack.url('realtime')}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(name))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  const negotiate = async (query = '?negotiateVersion=1'): Promise<Record<string, unknown>> =>
    JSON.parse(await (await fetch(`${hub}/negotiate${query}`, { method: 'POST' })).text())
  const idOf = async () => String((await negotiate()).connectionToken)

  it('refuses a handshake that it cannot agree to, with a sentence', async () => {
    const first = [
      ['not json', /not valid JSON/],
      ['{"protocol":"json"}', /version is required/],
      ['{"protocol":"messagepack","version":1}', /protocol json, not messagepack/],
      ['{"protocol":"json","version":3}', /versions 1 to 2/],
    ] as const
    for (const [text, words] of first) {
      const client = await new RawHub(stack.url('realtime')).opened()
      client.raw(text + separator)
      assert.equal(await client.closed, 1002)
      assert.match(String(client.messages[0]?.error), words)
      assert.equal(client.messages.length, 1)
    }
  })

  it('takes messages in pieces and many at once, and overlooks what it does not know', async () => {
    const client = await connect()
    const join = { type: 1, target: 'joinconversation', invocationId: '1', arguments: [randomUUID()] }
    const text = JSON.stringify(join) + separator
    client.raw(text.slice(0, 20))
    client.raw(text.slice(20))
    const leave = { type: 1, target: 'LeaveConversation', invocationId: '2', arguments: [randomUUID()] }
    const stream = { type: 4, target: 'JoinConversation', invocationId: '3', arguments: [] }
    const unasked = { type: 1, target: 'Dance', arguments: [] }
    client.say({ type: 6 }, { type: 99 }, { type: 2, invocationId: 'x', item: 1 }, unasked, leave, stream)
    client.say({ type: 1, target: 'TypingStart', invocationId: '4', arguments: [1, 2, 3] })
    client.say({ type: 1, target: 'TypingStart', invocationId: '5', arguments: [randomUUID()], streamIds: ['s'] })
    await eventually(() => assert.equal(client.messages.length, 6))
    const errors = new Map(client.messages.map(({ invocationId, error }) => [invocationId, String(error)]))
    assert.match(errors.get('1') ?? '', /no such conversation/)
    assert.match(errors.get('2') ?? '', /not in the room/)
    assert.match(errors.get('3') ?? '', /streams/)
    assert.match(errors.get('4') ?? '', /takes conversationId; 3 arguments/)
    assert.match(errors.get('5') ?? '', /streams/)
    client.socket.close()
  })

  it('closes for what is not of the protocol, and says why', async () => {
    for (const text of [
      '{',
      '[]',
      '{"type":"1"}',
      '{"type":1}',
      '{"type":1,"target":"x","arguments":{}}',
      '{"type":8}',
    ]) {
      const client = await connect()
      client.raw(text + separator)
      assert.equal(await client.closed, 1002, text)
      const last = client.messages.at(-1)
      assert.equal(last?.type, 7)
      assert.equal(typeof last?.error, 'string')
      assert.equal(last?.allowReconnect, undefined)
    }
    const large = await connect()
    large.raw('x'.repeat(65 * 1024))
    assert.equal(await large.closed, 1009)
    const endless = await connect()
    endless.raw('x'.repeat(40 * 1024))
    endless.raw('x'.repeat(40 * 1024))
    assert.equal(await endless.closed, 1002)
  })

  it('takes no flood, and no more conversations than a connection may be in', async () => {
    const many = await connect()
    const conversations = await Promise.all(Array.from({ length: maxRooms + 1 }, () => writer.start(workspaceId)))
    for (const { id } of conversations) many.invoke('JoinConversation', id)
    await eventually(() => assert.equal(many.messages.length, maxRooms + 2))
    const refused = many.messages.filter(({ error }) => error !== undefined)
    assert.deepEqual(
      refused.map(({ error }) => error),
      [`A connection may be in ${maxRooms} rooms.`],
    )
    many.say(...Array.from({ length: 50 }, () => ({ type: 6 })))
    assert.equal(await many.closed, 4429)
    assert.equal(many.messages.at(-1)?.allowReconnect, true)
  })

  it('ends those of whom nothing is heard', async () => {
    const cut = () => metric('realtime_sockets_cut_total{reason="silent"')
    const before = await cut()
    const mute = await new RawHub(stack.url('realtime')).opened()
    assert.equal(await mute.closed, 4408)
    const id = await idOf()
    assert.equal((await fetch(`${hub}?id=${id}`)).status, 200)
    await eventually(async () => assert.equal(await cut(), before + 2))
    assert.equal((await fetch(`${hub}?id=${id}`, { method: 'POST' })).status, 404)
  })

  it('answers requests that make no sense with problems', async () => {
    const statusOf = async (method: string, path: string, init: RequestInit = {}) =>
      (await fetch(`${stack.url('realtime')}${path}`, { method, ...init })).status
    assert.equal(await statusOf('GET', '/hubs/chat'), 400)
    assert.equal(await statusOf('GET', '/hubs/chat?id=guess'), 404)
    assert.equal(await statusOf('GET', `/hubs/chat?id=${await idOf()}x`), 404)
    assert.equal(await statusOf('POST', `/hubs/chat?id=${await idOf()}`), 404)
    assert.equal(await statusOf('POST', '/hubs/chat/negotiate?conversationId=x'), 400)
    assert.equal(await statusOf('POST', '/hubs/chat/negotiate?after=-2'), 400)
    assert.equal(await statusOf('GET', '/hubs/chat/negotiate'), 405)
    assert.equal(await statusOf('PUT', '/hubs/chat'), 405)
    assert.equal(await statusOf('GET', '/hubs/other'), 404)
    const id = await idOf()
    assert.equal(await statusOf('GET', `/hubs/chat?id=${id}`), 200)
    assert.equal(await statusOf('POST', `/hubs/chat?id=${id}`, { body: 'x'.repeat(65 * 1024) }), 413)
    assert.equal(await statusOf('GET', `/hubs/chat?id=${id}`, { headers: { accept: 'text/event-stream' } }), 409)
    assert.equal(await statusOf('DELETE', `/hubs/chat?id=${id}`), 202)
    assert.equal(await statusOf('GET', `/hubs/chat?id=${id}`), 404)
    const bare = await negotiate('')
    assert.equal(bare.negotiateVersion, undefined)
    assert.equal(await statusOf('GET', `/hubs/chat?id=${bare.connectionId}`), 200)
    assert.equal(await statusOf('DELETE', `/hubs/chat?id=${bare.connectionId}`), 202)
    assert.deepEqual(bare.availableTransports, [
      { transport: 'WebSockets', transferFormats: ['Text'] },
      { transport: 'ServerSentEvents', transferFormats: ['Text'] },
      { transport: 'LongPolling', transferFormats: ['Text'] },
    ])
  })

  const batchLength = 20
  async function append(conversation: Conversation, length: number): Promise<void> {
    const batch = Array.from({ length: batchLength }, () => messageOf(conversation, 'x'.repeat(length)))
    await writer.append(conversation.stream, workspaceId, batch, { key: conversation.contactId })
  }

  async function flood(conversation: Conversation, until: () => Promise<boolean>): Promise<number> {
    let sent = 0
    // More than the buffers of both operating systems' ends hold.
    while (sent < 1600 && !(await until())) {
      await append(conversation, 9000)
      sent += batchLength
    }
    await eventually(async () => assert.ok(await until()))
    return sent
  }

  /** Joins by the address; then reads nothing. */
  const slowOnes: Record<string, (conversation: Conversation) => Promise<() => void>> = {
    async 'a WebSocket'(conversation) {
      const slow = await new RawHub(stack.url('realtime'), `?conversationId=${conversation.id}`).shaken()
      await eventually(() => assert.ok(slow.messages.length > 0))
      slow.socket.pause()
      return () => slow.socket.terminate()
    },
    async 'an event stream'(conversation) {
      const id = await idOf()
      const stream = request(`${hub}?id=${id}&conversationId=${conversation.id}`, {
        headers: { accept: 'text/event-stream' },
      })
      stream.on('error', () => stream.destroy())
      await new Promise<void>((resolve) => stream.once('response', () => resolve()).end())
      await shake(id)
      return () => stream.destroy()
    },
    async 'a poller'(conversation) {
      const id = await idOf()
      await fetch(`${hub}?id=${id}&conversationId=${conversation.id}`)
      await shake(id)
      return () => undefined
    },
  }
  const shake = (id: string) =>
    fetch(`${hub}?id=${id}`, { method: 'POST', body: `{"protocol":"json","version":1}${separator}` })

  for (const [kind, begin] of Object.entries(slowOnes)) {
    it(`cuts ${kind} that does not read at its bound, and holds up nobody`, async () => {
      const conversation = await writer.start(workspaceId)
      const quick = hubClient(`${hub}?conversationId=${conversation.id}`, transports.WebSockets)
      await quick.hub.start()
      await quick.hub.invoke('JoinConversation', conversation.id)
      const cutBefore = await metric('realtime_sockets_cut_total{reason="slow"')
      const end = await begin(conversation)
      let most = 0
      const sent = await flood(conversation, async () => {
        most = Math.max(most, await metric('realtime_signalr_buffered_bytes'))
        return (await metric('realtime_sockets_cut_total{reason="slow"')) > cutBefore
      })
      // The bound, and the few messages that one turn may add for the quick one.
      assert.ok(most <= bufferBytes + batchLength * 10_000 * 2, `${most} bytes waited`)
      await eventually(() => assert.equal(quick.heard.length, sent))
      end()
      await quick.hub.stop()
      await eventually(async () => assert.equal(await metric('realtime_signalr_buffered_bytes'), 0))
    })
  }

  it('keeps for one who is away no more than its bound, and gives all of it when he is back', async () => {
    const conversation = await writer.start(workspaceId)
    const wire = await breakableWire(stack.url('realtime'))
    const client = hubClient(`${wire.url}/hubs/chat?conversationId=${conversation.id}`, { stateful: true })
    await client.hub.start()
    await client.hub.invoke('JoinConversation', conversation.id)
    const { connectionId } = client.hub
    let comeBack: () => void = () => undefined
    wire.slow = new Promise((resolve) => {
      comeBack = resolve
    })
    wire.cut()
    await append(conversation, 4500)
    assert.ok((await metric('realtime_signalr_buffered_bytes')) <= bufferBytes)
    // Longer than a socket that is there may take nothing.
    await sleep(400)
    comeBack()
    await eventually(() => assert.equal(client.heard.length, batchLength))
    assert.deepEqual(
      client.heard.map(({ payload }) => payload.revision),
      Array.from({ length: batchLength }, (_, index) => index + 1),
    )
    assert.equal(client.hub.connectionId, connectionId)
    await client.hub.stop()
    await wire.stop()
  })

  it('has places for so many connections, whatever carries them', async () => {
    const taken = await Promise.all(Array.from({ length: maxSockets }, () => connect()))
    assert.equal((await fetch(`${hub}/negotiate`, { method: 'POST' })).status, 503)
    await assert.rejects(connect(), /503/)
    for (const { socket } of taken) socket.close()
    await Promise.all(taken.map(({ closed }) => closed))
    await eventually(async () => assert.equal((await fetch(`${hub}/negotiate`, { method: 'POST' })).status, 200))
  })
})
