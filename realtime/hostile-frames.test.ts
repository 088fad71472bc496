import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { type Guest, guests } from './testing/guest.ts'
import { type Conversation, LogWriter } from './testing/log-writer.ts'
import { randomFrom } from './testing/random.ts'
import { clientFrame, rawSocket } from './testing/raw-socket.ts'

const paths: Record<string, string> = {
  ws: '/realtime',
  signalr: '/hubs/chat',
  'socket.io': '/socket.io/?EIO=4&transport=websocket',
}

const [fin, text, ping, close] = [0x80, 0x1, 0x9, 0x8]
const unmasked = Buffer.concat([Buffer.from([fin | text, 5]), Buffer.from('hello')])
const part = 'x'.repeat(60 * 1024)
const endless = [clientFrame(text, part), ...Array.from({ length: 5 }, () => clientFrame(0, part))]

/** What is no frame of RFC 6455, or none that is taken, and the code that the RFC has for it (section 7.4.1). */
const bad: readonly [string, Buffer, number][] = [
  ['not masked', unmasked, 1002],
  ['with a reserved bit', clientFrame(fin | 0x40 | text, 'hello'), 1002],
  ['of an unknown kind', clientFrame(fin | 0x3), 1002],
  ['that goes on with nothing', clientFrame(fin, 'hello'), 1002],
  ['that is a ping of 200 bytes', clientFrame(fin | ping, 'x'.repeat(200)), 1002],
  ['that is a ping in parts', clientFrame(ping, 'x'), 1002],
  ['that closes with half a code', clientFrame(fin | close, 'x'), 1002],
  ['that closes with a code that may not be sent', clientFrame(fin | close, Buffer.from([0x03, 0xed])), 1002],
  ['that is no UTF-8', clientFrame(fin | text, Buffer.from([0xc3, 0x28])), 1007],
  ['that announces a terabyte', clientFrame(fin | text, 'x', 2 ** 40), 1009],
  ['that announces more than there are numbers for', clientFrame(fin | text, 'x', 2 ** 62), 1009],
  ['that comes in parts without end', Buffer.concat(endless), 1009],
]

describe('frames that are none', () => {
  const workspaceId = randomUUID()
  let stack: Stack
  let writer: LogWriter
  let conversation: Conversation
  let pid: number | undefined
  const others: Guest[] = []

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'error' } })
    writer = new LogWriter(stack.config)
    conversation = await writer.start(workspaceId)
    pid = stack.pid('realtime')
    const id = await writer.agent(workspaceId)
    const agent = { kind: 'agent', id, workspaceId, role: 'agent', email: 'a@demo.test' } as const
    const token = await createInternalTokens(stack.config.internalSecret).issue(agent)
    for (const welcome of Object.values(guests)) {
      const guest = await welcome(stack.url('realtime'), token)
      assert.equal(await guest.join(conversation.id), undefined)
      others.push(guest)
    }
  })
  afterEach(async () => {
    const words = randomUUID()
    await writer.message(conversation, words)
    for (const guest of others) await eventually(() => assert.equal(guest.heard().at(-1), words))
    assert.equal(stack.pid('realtime'), pid)
  })
  after(async () => {
    for (const guest of others) guest.close()
    await writer.close()
    await stack.stop()
  })

  for (const [protocol, path] of Object.entries(paths)) {
    const open = (headers?: Record<string, string>) => rawSocket(stack.url('realtime'), path, headers)

    it(`end a connection of ${protocol} with the right code, and nothing else`, async () => {
      for (const [what, bytes, code] of bad) {
        const { wire, closed } = await open()
        wire.write(bytes)
        assert.equal(await closed, code, `a frame ${what}`)
      }
    })

    it(`are refused by ${protocol} when they are pings without end`, async () => {
      const { wire, closed } = await open()
      for (let sent = 0; sent < 2000; sent++) wire.write(clientFrame(fin | ping))
      assert.ok([4429, 1006].includes(await closed))
    })

    it(`do ${protocol} no harm when they are noise`, async () => {
      const random = randomFrom(1)
      const noise = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
      const noisy = Array.from({ length: 100 }, async (_, index) => {
        const { wire, closed } = await open()
        wire.write(index % 2 === 0 ? noise(1 + random() * 300) : clientFrame(fin | text, noise(1 + random() * 100)))
        wire.end()
        await closed
      })
      await Promise.all(noisy)
    })

    it(`are not even begun by ${protocol} for one who asks in the wrong way`, async () => {
      assert.equal((await open({ 'Sec-WebSocket-Key': 'short' })).status, 400)
      const { status } = await open({ 'Sec-WebSocket-Version': '7' })
      assert.ok([400, 426].includes(status), String(status))
      assert.equal((await open({ Authorization: 'Bearer guess' })).status, 401)
    })
  }

  it('are spoken in parley.v1, or in nothing that has a name', async () => {
    const asks = (names: string) => rawSocket(stack.url('realtime'), '/realtime', { 'Sec-WebSocket-Protocol': names })
    assert.equal((await asks('graphql-ws, mqtt')).status, 400)
    const { wire, status } = await asks('mqtt, parley.v1')
    assert.equal(status, 101)
    wire.destroy()
  })
})
