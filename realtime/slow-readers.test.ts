import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { type Guest, guests } from './testing/guest.ts'
import { type Conversation, LogWriter, messageOf } from './testing/log-writer.ts'

const bufferBytes = 65_536
const perProtocol = 70
const batchLength = 20
const messageBytes = 9000
const separator = '\u001e'

interface Beginning {
  path: string
  /** What is said until one is in, and what is awaited after each. */
  steps: (conversation: Conversation) => readonly (readonly [string, RegExp])[]
}

/** How one begins by hand, and joins; then he reads nothing. */
const beginnings: Record<string, Beginning> = {
  ws: {
    path: '/realtime',
    steps: ({ id }) => [[JSON.stringify({ type: 'join', room: `conversation:${id}` }), /"joined"/]],
  },
  signalr: {
    path: '/hubs/chat',
    steps: ({ id }) => [
      [`{"protocol":"json","version":1}${separator}`, /^\{\}/],
      [
        JSON.stringify({ type: 1, invocationId: '1', target: 'JoinConversation', arguments: [id] }) + separator,
        /"type":3/,
      ],
    ],
  },
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    steps: ({ id: conversation_id, visitorId: external_id }) => [
      ['40', /^40/],
      [`421${JSON.stringify(['join_conversation', { conversation_id, external_id }])}`, /^431\[\{"ok":true/],
    ],
  },
}

describe('hundreds who do not read', () => {
  const workspaceId = randomUUID()
  const slow: WebSocket[] = []
  const quick: Guest[] = []
  let stack: Stack
  let writer: LogWriter
  let conversation: Conversation

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      REALTIME_BUFFER_BYTES: String(bufferBytes),
      REALTIME_STALL_MS: '200',
    }
    stack = await startStack({ ports: 'free', only, env })
    writer = new LogWriter(stack.config)
    conversation = await writer.start(workspaceId)
  })
  after(async () => {
    for (const socket of slow) socket.terminate()
    for (const guest of quick) guest.close()
    await writer.close()
    await stack.stop()
  })

  async function metrics(): Promise<Map<string, number>> {
    const text = await (await fetch(`${stack.url('realtime')}/metrics`)).text()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => {
        const [, name, reason = ''] = /^(\w+)(?:\{.*?reason="(\w+)")?/.exec(line) ?? []
        return [reason === '' ? String(name) : `${name} ${reason}`, Number(line.split(' ').at(-1))]
      }),
    )
  }

  async function begin(protocol: string): Promise<void> {
    const beginning = beginnings[protocol]
    assert.ok(beginning)
    const socket = new WebSocket(stack.url('realtime').replace('http', 'ws') + beginning.path, {
      perMessageDeflate: false,
    })
    slow.push(socket)
    socket.on('error', () => socket.terminate())
    await new Promise((resolve) => socket.once('open', resolve))
    for (const [text, answer] of beginning.steps(conversation)) {
      const answered = new Promise<void>((resolve) => {
        socket.on('message', (data) => {
          if (answer.test(String(data))) resolve()
        })
      })
      socket.send(text)
      await answered
    }
    socket.pause()
  }

  it('are cut at their bound, with flat memory, while those who read are told everything', async function () {
    this.timeout(120_000)
    const id = await writer.agent(workspaceId)
    const agent = { kind: 'agent', id, workspaceId, role: 'agent', email: 'a@demo.test' } as const
    const token = await createInternalTokens(stack.config.internalSecret).issue(agent)
    for (const welcome of Object.values(guests)) {
      const guest = await welcome(stack.url('realtime'), token)
      quick.push(guest)
      assert.equal(await guest.join(conversation.id), undefined)
    }
    for (const protocol of Object.keys(guests)) {
      await Promise.all(Array.from({ length: perProtocol }, () => begin(protocol)))
    }
    const slowOnes = slow.length
    const isOver = async () => ((await metrics()).get('realtime_sockets_cut_total slow') ?? 0) === slowOnes
    const first = usageIn(await metrics())
    const most = { ...first }
    let sent = 0
    while (sent < 3000 && !(await isOver())) {
      const batch = Array.from({ length: batchLength }, () => messageOf(conversation, 'x'.repeat(messageBytes)))
      await writer.append(conversation.stream, workspaceId, batch, { key: conversation.contactId })
      sent += batch.length
      const now = usageIn(await metrics())
      most.buffered = Math.max(most.buffered, now.buffered)
      most.heap = Math.max(most.heap, now.heap)
      most.resident = Math.max(most.resident, now.resident)
    }
    await eventually(async () => assert.ok(await isOver()))
    for (const guest of quick) await eventually(() => assert.equal(guest.heard().length, sent))
    // Each its bound, and what one turn may add for all.
    const bound = slowOnes * (bufferBytes + 2 * messageBytes)
    assert.ok(most.buffered <= bound, `${most.buffered} bytes waited`)
    const unbounded = slowOnes * sent * messageBytes
    assert.ok(unbounded > 40 * bound, 'so little was written that it proves nothing')
    const grown = { heap: most.heap - first.heap, resident: most.resident - first.resident }
    assert.ok(grown.heap < 150e6 && grown.resident < 250e6, JSON.stringify(grown))
    await eventually(async () => assert.ok(usageIn(await metrics()).buffered < bufferBytes))
  })
})

/** Bytes. */
function usageIn(found: ReadonlyMap<string, number>): { buffered: number; heap: number; resident: number } {
  const sum = (...names: string[]) => names.reduce((total, name) => total + (found.get(name) ?? Number.NaN), 0)
  return {
    buffered: sum('realtime_buffered_bytes', 'realtime_signalr_buffered_bytes', 'realtime_socketio_buffered_bytes'),
    heap: sum('nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'),
    resident: sum('process_resident_memory_bytes'),
  }
}
