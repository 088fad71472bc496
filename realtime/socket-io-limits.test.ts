import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { WebSocket } from 'ws'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { LogWriter } from './testing/log-writer.ts'
import { SocketIoClient } from './testing/socket-io-client.ts'

const bufferBytes = 65_536
const maxRooms = 5
/** Long enough that a socket that does not read is cut for that, before it is for its silence, on a busy machine too. */
const heartbeatMs = 3000

describe('socket.io: bounds', () => {
  const workspaceId = randomUUID()
  const clients: SocketIoClient[] = []
  let stack: Stack
  let writer: LogWriter

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      REALTIME_BUFFER_BYTES: String(bufferBytes),
      REALTIME_STALL_MS: '200',
      REALTIME_FRAME_RATE: '10',
      REALTIME_MAX_ROOMS: String(maxRooms),
      REALTIME_HEARTBEAT_MS: String(heartbeatMs),
      REALTIME_MAX_SOCKETS: '20',
    }
    stack = await startStack({ ports: 'free', only, env })
    writer = new LogWriter(stack.config)
  })
  after(async () => {
    for (const client of clients) client.close()
    await writer.close()
    await stack.stop()
  })

  const connect = () => {
    const client = new SocketIoClient(stack.url('realtime'), { transports: ['websocket'], reconnection: false })
    clients.push(client)
    return client.connected()
  }
  /** A socket that speaks the protocol by hand. */
  async function open(): Promise<{ socket: WebSocket; ended: Promise<number> }> {
    const socket = new WebSocket(`${stack.url('realtime').replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    const ended = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('message', resolve))
    return { socket, ended }
  }
  const told = (socket: WebSocket, text: string) =>
    new Promise<string>((resolve) => {
      socket.once('message', (data) => resolve(String(data)))
      socket.send(text)
    })
  /** The same, which has entered the namespace. */
  async function raw(): Promise<{ socket: WebSocket; ended: Promise<number> }> {
    const opened = await open()
    await told(opened.socket, '40')
    return opened
  }
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${stack.url('realtime')}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(name))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  const poll = (query: string, init: RequestInit = {}) => fetch(`${stack.url('realtime')}/socket.io/?${query}`, init)

  it('ends what is not of the protocol, and is there for the others', async () => {
    const bad = ['4x', '42{', '42["a', '45', '451-["a",{"_placeholder":true,"num":0}]42["a"]', '9', '', '41/none,']
    for (const text of bad.filter((one) => one !== '')) {
      const { socket, ended } = await raw()
      socket.send(text)
      if (text.startsWith('451')) socket.send('42["a"]')
      if (text !== '41/none,') await ended
      socket.terminate()
    }
    const odd = await raw()
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    for (const text of ['42', '42[5]', `42["send_message",{"sender_type":"end_user","rich_media":${deep}}]`]) {
      assert.match(
        await told(odd.socket, text),
        /^42\["error",\{"message":"(There is no event (5|undefined)|.*rich_media must be an object)/,
      )
    }
    odd.socket.terminate()
    const stubborn = await open()
    for (let tried = 0; tried < 3; tried++) {
      assert.match(await told(stubborn.socket, '40{"embed_token":7}'), /^44\{"message":"embed_token must be a string/)
    }
    stubborn.socket.send('40')
    await stubborn.ended
    const binary = await raw()
    binary.socket.send(Buffer.from([1, 2, 3]))
    await binary.ended
    const large = await raw()
    large.socket.send(`42["send_message",{"content":"${'x'.repeat(300_000)}"}]`)
    assert.equal(await large.ended, 1009)

    const answers: [string, RequestInit, number][] = [
      ['EIO=4&transport=polling&sid=guess', {}, 400],
      ['EIO=4&transport=pigeon', {}, 400],
      ['EIO=3&transport=polling', {}, 400],
      ['EIO=4&transport=polling', { method: 'POST', body: '40' }, 400],
      ['EIO=4&transport=polling', { headers: { authorization: 'Bearer guess' } }, 401],
      ['', {}, 400],
    ]
    for (const [query, init, status] of answers) assert.equal((await poll(query, init)).status, status, query)
    assert.equal((await fetch(`${stack.url('realtime')}/socket.io/socket.io.min.js`)).status, 200)
    assert.equal((await fetch(`${stack.url('realtime')}/socket.iox`)).status, 404)

    const elsewhere = (await connect()).socket.io.socket('/elsewhere')
    const why = new Promise<Error>((resolve) => elsewhere.once('connect_error', resolve))
    elsewhere.connect()
    assert.match((await why).message, /Invalid namespace/)
    assert.match(await (await connect()).refused('join_queue', { after: 7 }), /after/)
  })

  it('takes no flood, no more rooms than a connection may have, and no more connections than it has places', async () => {
    const many = await connect()
    const rooms = await Promise.all(Array.from({ length: maxRooms + 1 }, () => writer.start(workspaceId)))
    const acks = await Promise.all(
      rooms.map(({ id, visitorId }) => many.ask('join_conversation', { conversation_id: id, external_id: visitorId })),
    )
    assert.deepEqual(
      acks.map(({ ok }) => ok),
      [...Array.from({ length: maxRooms }, () => true), false],
    )
    const why = new Promise((resolve) => many.socket.once('disconnect', resolve))
    for (let sent = 0; sent < 60; sent++) many.socket.emit('leave_conversation', { conversation_id: randomUUID() })
    assert.equal(await why, 'io server disconnect')
    assert.match(String(many.of('error').at(-1)?.message), /too many/)

    const { socket, ended } = await raw()
    for (let sent = 0; sent < 60; sent++) socket.send('3')
    await ended

    for (const client of clients.splice(0)) client.close()
    await eventually(async () => assert.equal(await metric('realtime_socketio_connections'), 0))
    const seated = await Promise.all(Array.from({ length: 20 }, () => connect()))
    assert.equal((await poll('EIO=4&transport=polling')).status, 503)
    await assert.rejects(connect(), /websocket error/)
    for (const client of seated) client.close()
    // Those who come next are to find places.
    await eventually(async () => assert.equal(await metric('realtime_socketio_connections'), 0))
  })

  it('cuts a connection that does not answer, by either transport', async () => {
    const before = await metric('realtime_sockets_cut_total{reason="silent"')
    const { hostname, port } = new URL(stack.url('realtime'))
    const wire = connectTcp({ host: hostname, port: Number(port) })
    const key = Buffer.alloc(16, 1).toString('base64')
    const upgrade = ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', `Host: ${hostname}`, 'Connection: Upgrade']
    const more = ['Upgrade: websocket', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13', '', '']
    wire.write([...upgrade, ...more].join('\r\n'))
    wire.on('error', () => wire.destroy())
    wire.resume()
    assert.equal((await poll('EIO=4&transport=polling')).status, 200)
    await eventually(
      async () => assert.equal(await metric('realtime_sockets_cut_total{reason="silent"'), before + 2),
      20_000,
    )
    await eventually(() => assert.ok(wire.destroyed))
  })

  it('cuts a socket that does not read at its bound, keeps memory flat, and holds up nobody', async function () {
    this.timeout(60_000)
    const conversation = await writer.start(workspaceId)
    const about = { conversation_id: conversation.id, external_id: conversation.visitorId }
    const quick = await connect()
    await quick.done('join_conversation', about)
    const slow = await raw()
    const had: number[] = []
    slow.socket.on('message', (data) => {
      const [, revision] = /message_received.*"revision":(\d+)/.exec(String(data)) ?? []
      if (revision !== undefined) had.push(Number(revision))
    })
    const joined = new Promise<void>((resolve) => {
      slow.socket.on('message', (data) => {
        if (String(data).startsWith('431')) resolve()
      })
    })
    slow.socket.send(`421${JSON.stringify(['join_conversation', about])}`)
    await joined
    slow.socket.pause()
    let most = 0
    let sent = 0
    const isCut = async () => (await metric('realtime_sockets_cut_total{reason="slow"')) === 1
    // More than the buffers of both operating systems' ends hold.
    while (sent < 1600 && !(await isCut())) {
      const batch = Array.from({ length: 20 }, () => ({
        type: 'MessageSent' as const,
        data: {
          messageId: randomUUID(),
          sessionId: conversation.sessionId,
          senderType: 'visitor' as const,
          senderId: conversation.visitorId,
          contentType: 'text' as const,
          content: 'x'.repeat(9000),
        },
      }))
      await writer.append(conversation.stream, workspaceId, batch, { key: conversation.contactId })
      sent += batch.length
      most = Math.max(most, await metric('realtime_socketio_buffered_bytes'))
    }
    await eventually(async () => assert.ok(await isCut()))
    // The bound, and the few events that one turn may add for the quick one.
    assert.ok(most <= bufferBytes + 20 * 10_000 * 2, `${most} bytes waited`)
    await quick.until(() => quick.of('message_received').length === sent)
    assert.ok((await metric('realtime_socketio_buffered_bytes')) < bufferBytes)

    slow.socket.resume()
    assert.equal(await slow.ended, 1006)
    const again = await connect()
    await again.done('join_conversation', { ...about, after: had.at(-1) ?? 0 })
    const rest = again.of('message_received').map(({ revision }) => Number(revision))
    assert.deepEqual(
      [...had, ...rest],
      Array.from({ length: sent }, (_, index) => index + 1),
    )
  })

  it('serves a slow reader by polls as fast as he polls', async () => {
    const conversation = await writer.start(workspaceId)
    const about = { conversation_id: conversation.id, external_id: conversation.visitorId }
    for (let sent = 0; sent < 60; sent++) await writer.message(conversation, 'y'.repeat(9000))
    const client = new SocketIoClient(stack.url('realtime'), { transports: ['polling'] })
    clients.push(await client.connected())
    await client.done('join_conversation', { ...about, after: -1 })
    assert.equal(client.of('message_received').length, 60)
  })
})
