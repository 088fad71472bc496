import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { Client } from './testing/client.ts'
import { LogWriter } from './testing/log-writer.ts'

const bufferBytes = 65_536
const maxRooms = 5
/** Long enough that a socket that does not read is cut for that, before it is for its silence, on a busy machine too. */
const heartbeatMs = 3000

describe('realtime: bounds', () => {
  const workspaceId = randomUUID()
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
    }
    stack = await startStack({ ports: 'free', only, env })
    writer = new LogWriter(stack.config)
  })
  after(async () => {
    await writer.close()
    await stack.stop()
  })

  const connect = () => new Client(stack.url('realtime')).opened()
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${stack.url('realtime')}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(name))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  const codes = ({ frames }: Client) => frames.flatMap((frame) => (frame.type === 'error' ? [frame.code] : []))

  it('answers what it cannot take with an error, and stays', async () => {
    const client = await connect()
    const bad = ['{', '[]', 'null', '{"type":"dance"}', '{"type":"join"}', '{"type":"join","room":"conversation:x"}']
    for (const text of bad) client.socket.send(text)
    client.socket.send(Buffer.from([1, 2, 3]))
    client.send({ type: 'leave', room: `conversation:${randomUUID()}` })
    client.send({ type: 'typing', room: 'inbox', state: 'started' })
    await client.until(() => codes(client).length === 9)
    assert.deepEqual(codes(client), [
      'malformed-json',
      'validation',
      'validation',
      'unknown-type',
      'validation',
      'validation',
      'validation',
      'not-joined',
      'not-joined',
    ])
    await client.settled()
    assert.equal(await metric('realtime_frames_refused_total{code="malformed-json"'), 1)
    client.socket.close()
  })

  it('takes no frame over 64 KB, no flood, and no more rooms than a connection may have', async () => {
    const large = await connect()
    large.socket.send(JSON.stringify({ type: 'ping', ref: 'x'.repeat(65 * 1024) }))
    assert.equal(await large.closed, 1009)

    const many = await connect()
    const conversations = await Promise.all(Array.from({ length: maxRooms + 1 }, () => writer.start(workspaceId)))
    for (const { id } of conversations) many.send({ type: 'join', room: `conversation:${id}` })
    await many.until(
      () => codes(many).length === 1 && many.frames.filter(({ type }) => type === 'live').length === maxRooms,
    )
    assert.deepEqual(codes(many), ['too-many-rooms'])
    for (let sent = 0; sent < 50; sent++) many.send({ type: 'ping' })
    assert.equal(await many.closed, 4429)
  })

  it('cuts a half-open connection', async () => {
    const { hostname, port } = new URL(stack.url('realtime'))
    const wire = connectTcp({ host: hostname, port: Number(port) })
    const key = Buffer.alloc(16, 1).toString('base64')
    const upgrade = ['GET /realtime HTTP/1.1', `Host: ${hostname}`, 'Connection: Upgrade', 'Upgrade: websocket']
    wire.write([...upgrade, `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13', '', ''].join('\r\n'))
    const ended = new Promise<void>((resolve) => wire.once('close', () => resolve()))
    wire.on('error', () => wire.destroy())
    const opened = performance.now()
    wire.resume()
    await ended
    assert.ok(performance.now() - opened < 5 * heartbeatMs)
    assert.equal(await metric('realtime_sockets_cut_total{reason="silent"'), 1)
  })

  it('cuts a socket that does not read at its bound, keeps memory flat, and holds up nobody', async () => {
    const conversation = await writer.start(workspaceId)
    const room = `conversation:${conversation.id}`
    const [slow, quick] = [await connect(), await connect()]
    for (const client of [slow, quick]) await client.join(room)
    slow.socket.pause()
    const words = 'x'.repeat(9000)
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
          content: words,
        },
      }))
      await writer.append(conversation.stream, workspaceId, batch, { key: conversation.contactId })
      sent += batch.length
      most = Math.max(most, await metric('realtime_buffered_bytes'))
    }
    await until(isCut)
    // The bound, and the few frames that one turn may add for the quick one.
    assert.ok(most <= bufferBytes + 20 * 10_000 * 2, `${most} bytes waited`)
    await quick.until(() => quick.types().length === sent)
    await until(async () => (await metric('realtime_sockets')) === 1)
    assert.ok((await metric('realtime_buffered_bytes')) < bufferBytes)

    slow.socket.resume()
    const code = await slow.closed
    assert.ok(code === 4408 || code === 1006, String(code))
    const had = slow.frames.flatMap((frame) => (frame.type === 'event' ? [frame.revision] : []))
    const again = await connect()
    await again.join(room, { after: had.at(-1) ?? 0 })
    await again.next((frame) => frame.type === 'live')
    const rest = again.frames.flatMap((frame) => (frame.type === 'event' ? [frame.revision] : []))
    assert.deepEqual(
      [...had, ...rest],
      Array.from({ length: sent }, (_, index) => index + 1),
    )
    for (const client of [quick, again]) client.socket.terminate()
  })

  it('works on while Redis is away, but for other instances', async () => {
    const conversation = await writer.start(workspaceId)
    const room = `conversation:${conversation.id}`
    await stack.kill('redis')
    const [one, other] = [await connect(), await connect()]
    for (const client of [one, other]) await client.join(room)
    await writer.message(conversation, 'without Redis')
    await other.until(() => other.types().length === 1)
    assert.ok((await metric('realtime_signal_failures_total')) > 0)
    await stack.start('redis')
    for (const client of [one, other]) client.socket.terminate()
  })
})

async function until(condition: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not come within ${withinMs} ms`)
    await sleep(20)
  }
}
