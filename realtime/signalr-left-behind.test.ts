import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { goOnAsBrowsersDo } from '../test/zero-gap/uncaught.ts'
import { type BreakableWire, breakableWire } from './testing/breakable-wire.ts'
import { type HubClient, hubClient } from './testing/hub-client.ts'
import { type Conversation, LogWriter } from './testing/log-writer.ts'

const clientTimeoutMs = 1000

/**
 * When the published client stops a stateful connection while it could resume it, it resumes all the same, leaves that WebSocket open behind
 * it, and begins another connection. When the one left behind closes, it leaves the good one open in turn, and would hear all twice.
 */
describe('signalr: WebSockets that a stateful client leaves behind', () => {
  const workspaceId = randomUUID()
  let stack: Stack
  let other: Stack
  let writer: LogWriter
  let wire: BreakableWire
  let endUncaught: () => void

  before(async () => {
    endUncaught = goOnAsBrowsersDo()
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      REALTIME_FRAME_RATE: '1000',
      REALTIME_CLIENT_TIMEOUT_MS: String(clientTimeoutMs),
    }
    stack = await startStack({ ports: 'free', only, env })
    const { EVENTSTORE_URL = '', DATABASE_URL = '', DATABASE_READ_URL = '', REDIS_URL = '' } = stack.env
    const stores = { EVENTSTORE_URL, DATABASE_URL, DATABASE_READ_URL, REDIS_URL }
    other = await startStack({ ports: 'free', only: ['realtime'], env: { ...env, ...stores } })
    writer = new LogWriter(stack.config)
  })
  after(async () => {
    endUncaught()
    await writer.close()
    await other.stop()
    await stack.stop()
  })
  afterEach(() => wire.stop())

  const revisions = ({ heard }: HubClient) => heard.map(({ payload }) => Number(payload.revision))

  async function listen(conversation: Conversation): Promise<HubClient> {
    const client = hubClient(`${wire.url}/hubs/chat`, {
      stateful: true,
      reconnect: Array.from({ length: 200 }, () => 20),
    })
    const join = () =>
      client.hub
        .invoke('JoinConversation', conversation.id, revisions(client).at(-1) ?? 0)
        .catch((error: Error) => error.message)
    client.hub.onreconnected(join)
    await client.hub.start()
    await join()
    return client
  }

  /** Writes until what was left behind is over, and longer; `before`: how many there are. */
  async function write(conversation: Conversation, client: HubClient, before: number): Promise<void> {
    const until = performance.now() + 2.5 * clientTimeoutMs
    let written = before
    while (performance.now() < until) {
      await writer.message(conversation, `message ${written}`)
      written += 1
      await sleep(20)
    }
    await eventually(() => assert.equal(revisions(client).at(-1), written))
    assert.deepEqual(
      revisions(client),
      Array.from({ length: written }, (_, index) => index + 1),
    )
  }

  it('hears each message once after it thought the server dead', async () => {
    wire = await breakableWire(stack.url('realtime'))
    const conversation = await writer.start(workspaceId)
    const client = await listen(conversation)
    const usual = client.hub.serverTimeoutInMilliseconds
    let returns = 0
    client.hub.onreconnecting(() => {
      client.hub.serverTimeoutInMilliseconds = usual
    })
    client.hub.onreconnected(() => {
      returns += 1
    })
    client.hub.serverTimeoutInMilliseconds = 1
    await writer.message(conversation, 'the last for too long')
    await eventually(() => assert.ok(returns > 0))
    await write(conversation, client, 1)
    await client.hub.stop()
  })

  it('hears each message once when it is cut off again and again, and thinks the server dead before, or while it resumes', async () => {
    wire = await breakableWire(stack.url('realtime'))
    const conversation = await writer.start(workspaceId)
    const client = await listen(conversation)
    const usual = client.hub.serverTimeoutInMilliseconds
    let returns = 0
    client.hub.onreconnecting(() => {
      client.hub.serverTimeoutInMilliseconds = usual
    })
    client.hub.onreconnected(() => {
      returns += 1
    })
    let written = 0
    const say = async () => {
      written += 1
      await writer.message(conversation, `message ${written}`)
    }
    for (let round = 1; round <= 6; round++) {
      client.hub.serverTimeoutInMilliseconds = 60
      await say()
      await eventually(() => assert.equal(revisions(client).at(-1), written))
      const isWhileItResumes = round % 2 === 0
      const held = new EventEmitter()
      if (isWhileItResumes) {
        wire.slow = once(held, 'let go').then(() => undefined)
        wire.cut()
      }
      await sleep(90)
      wire.slow = undefined
      held.emit('let go')
      await eventually(() => assert.ok(returns >= round, `returned ${returns} times of ${round}`))
      await say()
      wire.cut()
      await say()
      await eventually(() => assert.equal(revisions(client).at(-1), written))
    }
    assert.deepEqual(
      revisions(client),
      Array.from({ length: written }, (_, index) => index + 1),
    )
    await client.hub.stop()
  })

  it('hears each message once when its server ends', async () => {
    wire = await breakableWire(stack.url('realtime'))
    const conversation = await writer.start(workspaceId)
    const client = await listen(conversation)
    wire.targets = [other.url('realtime')]
    await stack.kill('realtime', 'SIGTERM')
    await write(conversation, client, 0)
    await client.hub.stop()
    await stack.start('realtime')
  })
})
