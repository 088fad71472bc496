import assert from 'node:assert/strict'
import { type Batch, type EventLog, isUndecodable, LogUnavailable, type SubscribeOptions } from './log.ts'
import { type Line, startLine } from './testing/line.ts'
import { messages, uuid } from './testing/sample.ts'
import { type Stores, startStores } from './testing/stores.ts'
import { pause } from './time-limit.ts'

/** Appends single events to a new stream each, for as long as asked; gives what was acknowledged. */
async function write(log: EventLog, word: string, count: number): Promise<string[]> {
  const acknowledged: string[] = []
  await Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      for (let index = lane; index < count; index += 8) {
        const wish = messages({ stream: `conversation-${uuid(`${word} ${index}`)}`, command: `${word} ${index}` })
        for (let stored = false; !stored; ) {
          try {
            acknowledged.push((await log.append(wish)).events[0]?.id ?? '')
            stored = true
          } catch (error) {
            if (!(error instanceof LogUnavailable)) throw error
            await pause(20)
          }
        }
      }
    }),
  )
  return acknowledged
}

/** Reads until it has so many events; gives their ids, and the batches. */
async function take(log: EventLog, count: number, options: SubscribeOptions = {}) {
  const ids: string[] = []
  const batches: Batch[] = []
  for await (const batch of log.subscribe(options)) {
    batches.push(batch)
    for (const event of batch.events) {
      assert.ok(!isUndecodable(event))
      ids.push(event.id)
    }
    if (ids.length >= count) break
  }
  return { ids, batches }
}

describe('following the log', function () {
  this.timeout(60_000)
  let stores: Stores
  let log: EventLog

  before(async () => {
    stores = await startStores()
    log = stores.open()
  })
  after(() => stores.stop())

  it('says at once that an empty log is caught up', async () => {
    for await (const { events, caughtUp } of log.subscribe({})) {
      assert.deepEqual([events, caughtUp], [[], true])
      break
    }
  })

  it('catches up in large batches, in order, and goes on live', async () => {
    const old = await write(log, 'old', 800)
    // Of 800 that lie there, some 90 at least come at once, also on a busy machine.
    const following = take(log, 900, { maxBatch: 50 })
    const later = await write(log, 'new', 100)
    const { ids, batches } = await following
    assert.deepEqual([...ids].sort(), [...old, ...later].sort())
    assert.ok(batches.every(({ events }) => events.length <= 50))
    assert.ok(
      batches.some(({ events }) => events.length === 50),
      'no batch was full',
    )
    const positions = batches.flatMap(({ events }) => events.map(({ position }) => position.commit))
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => Number(a - b)),
    )
    for (const { events, position } of batches) {
      const last = events.at(-1)
      if (last) assert.ok(position.commit >= last.position.commit)
    }
  })

  it('goes on after a position, exclusively, and from the end', async () => {
    const { ids, batches } = await take(log, 900, { maxBatch: 100 })
    const third = batches.filter(({ events }) => events.length > 0)[2]
    const last = third?.events.at(-1)
    const before = last && 'id' in last ? ids.indexOf(last.id) : -1
    assert.ok(before > 0)
    const rest = await take(log, 900 - before - 1, { after: third?.position })
    assert.deepEqual(rest.ids, ids.slice(before + 1))

    const fromEnd = log.subscribe({ after: 'end' })[Symbol.asyncIterator]()
    const first = await fromEnd.next()
    assert.deepEqual(first.value?.events, [])
    const [only] = await write(log, 'after the end', 1)
    const { value } = await fromEnd.next()
    assert.deepEqual(
      value?.events.map((event: object) => 'id' in event && event.id),
      [only],
    )
    await fromEnd.return?.()
  })

  it('brings only the nouns asked for, and still tells how far the log was considered', async () => {
    const head = await log.head()
    for await (const { events, position, caughtUp } of log.subscribe({ nouns: ['contact'] })) {
      assert.deepEqual(events, [])
      if (!caughtUp) continue
      assert.deepEqual(position, head)
      break
    }
  })

  it('passes over events of other types than those asked for', async () => {
    const head = await log.head()
    for await (const { events, position, caughtUp } of log.subscribe({ types: ['ConversationClosed'] })) {
      assert.deepEqual(events, [])
      if (!caughtUp) continue
      assert.deepEqual(position, head)
      break
    }
  })

  it('ends when its signal aborts, also while it waits', async () => {
    const stop = new AbortController()
    const head = await log.head()
    const following = (async () => {
      for await (const { events } of log.subscribe({ after: head, signal: stop.signal })) {
        if (events.length > 0) throw new Error('nothing was written')
        setImmediate(() => stop.abort())
      }
      return 'ended'
    })()
    assert.equal(await following, 'ended')
  })

  it('holds the store back while its consumer is slow', async () => {
    const before = await log.head()
    await write(log, 'many', 3000)
    let seen = 0
    const start = process.memoryUsage().heapUsed
    for await (const { events } of log.subscribe({ after: before, maxBatch: 50 })) {
      if (seen === 0) await pause(500)
      seen += events.length
      if (seen >= 200) break
    }
    const grown = (process.memoryUsage().heapUsed - start) / 3000
    assert.ok(grown < 20_000, `it kept ${grown} bytes for each event of the log`)
  })

  it('gives each event once, in order, however often lines are cut or swallow what passes', async () => {
    const line: Line = await startLine(stores.stack.config.eventStorePort)
    const shaky = stores.open({ port: line.port, silenceMs: 300 })
    const after = await log.head()
    const following = take(shaky, 600, { after, maxBatch: 20 })
    const writing = write(log, 'shaky', 600)
    let done = false
    const cutting = (async () => {
      for (let turn = 0; !done; turn += 1) {
        await pause(40)
        if (turn % 5 !== 4) line.cut()
        else {
          line.swallow(true)
          await pause(600)
          line.swallow(false)
        }
      }
    })()
    const acknowledged = await writing
    await pause(500)
    done = true
    await cutting
    const { ids } = await following
    assert.deepEqual([...ids].sort(), [...acknowledged].sort())
    await shaky.close()
    await line.close()
  })

  it('notices a line that is open and silent', async () => {
    const line = await startLine(stores.stack.config.eventStorePort)
    const deaf = stores.open({ port: line.port, silenceMs: 300, keepAliveMs: 500 })
    const following = deaf.subscribe({ after: 'end' })[Symbol.asyncIterator]()
    await following.next()
    line.swallow(true)
    const [id] = await write(log, 'unheard', 1)
    const next = following.next()
    await pause(700)
    line.letThrough()
    assert.deepEqual(
      (await next).value?.events.map((event: object) => 'id' in event && event.id),
      [id],
    )
    await following.return?.()
    await deaf.close()
    await line.close()
  })

  it('gives each event once, in order, while the server is killed and comes back', async () => {
    const after = await log.head()
    const following = take(log, 800, { after, maxBatch: 50 })
    const writing = write(log, 'killed', 800)
    for (let kills = 0; kills < 3; kills += 1) {
      await pause(60)
      await stores.stack.kill('event-store', 'SIGKILL')
      await stores.stack.start('event-store')
      await stores.stack.waitReady('event-store')
    }
    const acknowledged = await writing
    const { ids, batches } = await following
    assert.deepEqual([...ids].sort(), [...acknowledged].sort())
    const positions = batches.flatMap(({ events }) => events.map(({ position }) => position.commit))
    assert.ok(positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n)))
  })
})
