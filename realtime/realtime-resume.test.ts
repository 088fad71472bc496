import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import type { ServerFrame } from '../schemas/realtime/frames.ts'
import { Client } from './testing/client.ts'
import { type Conversation, LogWriter } from './testing/log-writer.ts'
import { randomFrom } from './testing/random.ts'

const cuts = 100
const kills = 2
const watchers = 5
const rhythmMs = 8

describe('realtime: resume', () => {
  const workspaceId = randomUUID()
  let stack: Stack
  let writer: LogWriter
  let token: string

  before(async () => {
    const only = ['event-store', 'postgres', 'redis', 'realtime'] as const
    const env = { NODE_ENV: 'test', LOG_LEVEL: 'error', REALTIME_FRAME_RATE: '1000' }
    stack = await startStack({ ports: 'free', only, env })
    writer = new LogWriter(stack.config)
    const id = await writer.agent(workspaceId)
    token = await createInternalTokens(stack.config.internalSecret).issue({
      kind: 'agent',
      id,
      workspaceId,
      role: 'agent',
      email: 'a@demo.test',
    })
  })
  after(async () => {
    await writer.close()
    await stack.stop()
  })

  it(`gives each event once, in order, over ${cuts} cuts and ${kills} killed servers`, async () => {
    const conversations = await Promise.all([writer.start(workspaceId), writer.start(workspaceId)])
    const stop = new AbortController()
    let cutSoFar = 0
    const watching = Array.from({ length: watchers }, (_, index) => {
      const conversation = conversations[index % 2]
      assert.ok(conversation)
      return watch(conversation, index, () => (cutSoFar += 1))
    })
    const inbox = watchInbox()
    const writing = Promise.all(conversations.map((conversation) => write(conversation)))

    async function write(conversation: Conversation): Promise<number> {
      let revision = 0
      while (!stop.signal.aborted) {
        revision = await writer.message(conversation, `message ${revision + 1}`)
        await sleep(rhythmMs)
      }
      return revision
    }

    /** The same for the queue of the workspace, by positions. */
    async function watchInbox(): Promise<string[]> {
      const seen: string[] = []
      const random = randomFrom(watchers)
      const first = await new Client(stack.url('realtime'), token).opened()
      const joined = await first.join('inbox')
      assert.ok('position' in joined)
      let after = joined.position
      const keep = ({ frames }: Client) => {
        for (const frame of frames) {
          if (frame.type !== 'event' || !('position' in frame)) continue
          seen.push(`${frame.conversationId} ${frame.revision}`)
          after = frame.position
        }
      }
      let client = first
      while (!stop.signal.aborted) {
        await Promise.race([client.closed, sleep(10 + random() * 150)])
        client.socket.terminate()
        await client.closed
        keep(client)
        const next = new Client(stack.url('realtime'), token)
        next.socket.once('open', () => next.send({ type: 'join', room: 'inbox', after }))
        client = next
      }
      await writing
      client.socket.terminate()
      await client.closed
      keep(client)
      const last = await new Client(stack.url('realtime'), token).opened()
      await last.join('inbox', { after })
      await last.next((frame) => frame.type === 'live')
      keep(last)
      last.socket.terminate()
      return seen
    }

    /** A client that has what `seen` holds, and is cut again and again. */
    async function watch(conversation: Conversation, seed: number, onCut: () => void): Promise<number[]> {
      const room = `conversation:${conversation.id}`
      const seen: number[] = []
      const random = randomFrom(seed)
      while (!stop.signal.aborted) {
        const client = new Client(stack.url('realtime'), token)
        client.socket.once('open', () => client.send({ type: 'join', room, after: seen.at(-1) ?? -1 }))
        await Promise.race([client.closed, sleep(10 + random() * 150)])
        // As a network does it: without a word to the other side.
        client.socket.terminate()
        await client.closed
        if (client.frames.length > 0) onCut()
        seen.push(...revisionsOf(client.frames))
      }
      const last = new Client(stack.url('realtime'), token)
      await last.opened()
      const end = (await writing)[conversations.indexOf(conversation)]
      await last.join(room, { after: seen.at(-1) ?? -1 })
      await last.next((frame) => frame.type === 'live' && 'revision' in frame && frame.revision >= (end ?? 0))
      last.socket.terminate()
      return [...seen, ...revisionsOf(last.frames)]
    }

    const everyCut = cuts / (kills + 1)
    for (let kill = 1; kill <= kills; kill++) {
      await until(() => cutSoFar >= everyCut * kill)
      await stack.kill('realtime', 'SIGKILL')
      await stack.start('realtime')
      await stack.waitReady('realtime')
    }
    await until(() => cutSoFar >= cuts)
    stop.abort()
    const ends = await writing
    const logs = await Promise.all(watching)
    assert.ok(ends.every((end) => end > 50))
    for (const [index, seen] of logs.entries()) {
      const end = ends[index % 2] ?? 0
      assert.deepEqual(seen, upTo(end), `client ${index}`)
    }
    const queue = await inbox
    for (const [index, { id }] of conversations.entries()) {
      const revisions = queue.filter((entry) => entry.startsWith(id)).map((entry) => Number(entry.split(' ')[1]))
      // The inbox was joined when the conversations were there already, perhaps after their first messages.
      const first = revisions[0] ?? 0
      assert.ok(first < 50)
      assert.deepEqual(revisions, upTo(ends[index] ?? 0).slice(first), 'the inbox')
    }
  })

  it('catches up on a long conversation, and goes on live', async () => {
    const conversation = await writer.start(workspaceId)
    const words = 'x'.repeat(200)
    for (let sent = 0; sent < 500; sent++) await writer.message(conversation, words)
    const client = await new Client(stack.url('realtime'), token).opened()
    await client.join(`conversation:${conversation.id}`, { after: -1 })
    await writer.message(conversation, 'live')
    await client.until(() => revisionsOf(client.frames).at(-1) === 501)
    assert.deepEqual(revisionsOf(client.frames), upTo(501))
    client.socket.terminate()
  })

  it('goes on when the event store was away', async () => {
    const conversation = await writer.start(workspaceId)
    const room = `conversation:${conversation.id}`
    const client = await new Client(stack.url('realtime'), token).opened()
    await client.join(room, { after: -1 })
    await client.next((frame) => frame.type === 'live')
    await stack.kill('event-store', 'SIGKILL')
    await stack.start('event-store')
    await stack.waitReady('event-store')
    // What is appended before the feed has found back comes all the same.
    await writer.message(conversation, 'back')
    await client.until(() => revisionsOf(client.frames).length === 2, 15_000)
    assert.deepEqual(revisionsOf(client.frames), [0, 1])
    client.socket.terminate()
  })

  it('stops cleanly, and tells its clients that it restarts', async () => {
    const client = await new Client(stack.url('realtime'), token).opened()
    await stack.kill('realtime', 'SIGTERM')
    assert.equal(await client.closed, 1012)
    await stack.start('realtime')
    await stack.waitReady('realtime')
  })
})

function revisionsOf(frames: readonly ServerFrame[]): number[] {
  return frames.flatMap((frame) => (frame.type === 'event' ? [frame.revision] : []))
}

function upTo(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, revision) => revision)
}

async function until(condition: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not come within ${withinMs} ms`)
    await sleep(10)
  }
}
