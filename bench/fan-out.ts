import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import pg from 'pg'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import type { EventLog } from '../infra/runtime/event-store/log.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import { type Crowd, gather } from './crowd.ts'
import type { Figure } from './figure.ts'
import { type House, openHouse } from './house.ts'

const socketCount = 1000
const rooms = 10
const inAppend = 20
const content = 'I want to make a restaurant reservation for 2 people at half past 11 in the morning, please.'

/** Frames a second to 1,000 sockets in rooms, from append to socket, beside bare `ws` sending the same text. */
export async function fanOut(messages: number): Promise<Figure> {
  const { rate: ours, text } = await measureOurs(messages)
  const bare = await measureBare(messages, text)
  return {
    name: `frames to ${socketCount} sockets in ${rooms} rooms`,
    unit: '/s',
    ours,
    bare: { what: 'ws sending the same text to the same sockets; nothing stored or read', value: bare },
    aim: { ratio: 0.5 },
    notes: { 'bytes a frame': text.length, 'events appended and routed a second': (ours * rooms) / socketCount },
  }
}

async function measureOurs(messages: number): Promise<{ rate: number; text: string }> {
  const house = await openHouse(['event-store', 'postgres', 'redis', 'command-api', 'realtime'])
  const pool = new pg.Pool({ connectionString: house.stack.config.databaseUrl, max: 2 })
  pool.on('error', (error) => process.stderr.write(`${error.message}\n`))
  const vault = createVault({ pool, masterKey: house.stack.config.vaultKey })
  const log = createEventLog({ config: house.stack.config, vault })
  let text = ''
  try {
    const conversations = await house.start(rooms)
    const crowd = await joined(house, conversations, (frame) => {
      if (frame.includes('"MessageSent"')) text = frame
    })
    const writers = await Promise.all(conversations.map((id) => writerOf(log, house.workspaceId, id)))
    const run = async (each: number) => {
      const before = crowd.frames
      const began = performance.now()
      await Promise.all(writers.map((write) => write(each)))
      await crowd.reached(before + each * socketCount)
      return (each * socketCount) / ((performance.now() - began) / 1000)
    }
    await run(messages / rooms / 5)
    const rate = await run(messages / rooms)
    crowd.close()
    return { rate, text }
  } finally {
    await log.close()
    await pool.end()
    await house.close()
  }
}

async function joined(house: House, conversations: string[], onText: (text: string) => void): Promise<Crowd> {
  let first = true
  const crowd = await gather({
    url: `${house.stack.url('realtime')}/realtime`,
    count: socketCount,
    greeting: (client) => JSON.stringify({ type: 'join', room: `conversation:${conversations[client % rooms]}` }),
    onText: (text) => {
      // One is looked at, so that the bare part sends the same.
      if (!first) return
      onText(text)
      if (text.includes('"MessageSent"')) first = false
    },
  })
  // Each has had `joined` and `live`.
  await crowd.reached(2 * socketCount)
  return crowd
}

/** Appends messages to a conversation, some at a time, as an import would. */
async function writerOf(log: EventLog, workspaceId: string, id: string): Promise<(count: number) => Promise<void>> {
  const stream = `conversation-${id}`
  let last: { revision: number; hash: string; key?: string | undefined } | undefined
  const read = await log.readLast(stream)
  if (read) last = { revision: read.revision, hash: read.meta.hash, key: read.meta.key }
  return async (count) => {
    for (let sent = 0; sent < count; sent += inAppend) {
      const events = Array.from({ length: Math.min(inAppend, count - sent) }, () => ({
        type: 'MessageSent',
        data: {
          messageId: randomUUID(),
          sessionId: id,
          senderType: 'visitor',
          senderId: 'v',
          contentType: 'text',
          content,
        },
      }))
      const commandId = randomUUID()
      const context = {
        workspaceId,
        actor: { kind: 'visitor' as const, id: 'v' },
        commandId,
        correlationId: commandId,
        causationId: commandId,
        at: new Date().toISOString(),
        key: last?.key,
      }
      const appended = await log.append({
        stream,
        expected: last?.revision ?? -1,
        prevHash: last?.hash ?? '',
        events,
        context,
      })
      const end = appended.events.at(-1)
      if (end) last = { revision: end.revision, hash: end.meta.hash, key: last?.key }
    }
  }
}

async function measureBare(messages: number, text: string): Promise<number> {
  const own = import.meta.filename
  const child = fork(own.replace(/fan-out\.(\w+)$/, 'bare-sockets.$1'), { stdio: 'inherit' })
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const crowd = await gather({ url: `http://127.0.0.1:${port}/`, count: socketCount })
    const run = async (count: number) => {
      const before = crowd.frames
      const began = performance.now()
      child.send({ rooms, messages: count, text })
      const frames = (count * socketCount) / rooms
      await crowd.reached(before + frames)
      return frames / ((performance.now() - began) / 1000)
    }
    await run(messages / 5)
    const rate = await run(messages)
    crowd.close()
    return rate
  } finally {
    child.kill()
  }
}
