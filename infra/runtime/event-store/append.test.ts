import assert from 'node:assert/strict'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Append, type Appended, type EventLog, LogUnavailable, WrongRevision } from './log.ts'
import { type Line, startLine } from './testing/line.ts'
import { messages, uuid } from './testing/sample.ts'
import { type Stores, startStores } from './testing/stores.ts'
import { pause } from './time-limit.ts'
import { verify } from './verification.ts'

/** Tries until it is acknowledged, as a client of ours would: the same command at the same revision. */
async function insist(log: EventLog, append: Append): Promise<Appended> {
  for (;;) {
    try {
      return await log.append(append)
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error
      await pause(20)
    }
  }
}

/** One writer's stream: so many events, one after the other, each acknowledged before the next. Gives the ids acknowledged. */
async function write(log: EventLog, stream: string, count: number, acknowledged: string[] = []): Promise<string[]> {
  let prevHash = ''
  for (let expected = -1; expected < count - 1; expected += 1) {
    const { events } = await insist(log, messages({ stream, expected, prevHash, command: `${stream} ${expected}` }))
    prevHash = events[0]?.meta.hash ?? ''
    acknowledged.push(events[0]?.id ?? '')
  }
  return acknowledged
}

async function idsOf(log: EventLog, stream: string): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of log.readStream(stream)) ids.push(id)
  return ids
}

describe('appending to the log', function () {
  this.timeout(60_000)
  let stores: Stores
  let log: EventLog
  let line: Line
  let shaky: EventLog
  let turn = 0
  let stream = ''

  before(async () => {
    stores = await startStores()
    log = stores.open()
    line = await startLine(stores.stack.config.eventStorePort)
    shaky = stores.open({ port: line.port, appendTimeoutMs: 400 })
  })
  beforeEach(() => {
    turn += 1
    stream = `conversation-${uuid(`stream ${turn}`)}`
  })
  after(async () => {
    const { ok, found } = await verify({ url: stores.stack.config.eventStoreUrl })
    await line.close()
    await stores.stop()
    assert.ok(ok, `the chain is broken: ${JSON.stringify(found)}`)
  })

  it('reads many absent streams, as those of new things are, without losing the connection', async () => {
    let left = 3500
    const reader = async () => {
      for (; left > 0; left -= 1) {
        assert.deepEqual(await idsOf(log, `conversation-${uuid(`absent ${left}`)}`), [])
      }
    }
    await Promise.all(Array.from({ length: 32 }, reader))
  })

  it('answers what a reader then gets', async () => {
    const { events, position } = await log.append(messages({ stream, count: 3, command: 'three' }))
    const read = []
    for await (const event of log.readStream(stream)) read.push(event)
    assert.deepEqual(
      events.map((event) => ({ ...event, position })),
      read.map((event) => ({ ...event, position })),
    )
    assert.deepEqual((await log.readLast(stream))?.position, position)
    assert.deepEqual(await log.head(), position)
  })

  it('reads from a revision, and so many', async () => {
    await log.append(messages({ stream, count: 5, command: 'five' }))
    const some = []
    for await (const { revision } of log.readStream(stream, { from: 1, max: 3 })) some.push(revision)
    assert.deepEqual(some, [1, 2, 3])
    assert.deepEqual(await idsOf(log, `${stream}x`), [])
    assert.equal(await log.readLast(`${stream}x`), undefined)
  })

  it('lets one of two writers at one revision win', async () => {
    const tries = ['one', 'other'].map((command) => log.append(messages({ stream, command })))
    const ends = await Promise.allSettled(tries)
    assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const lost = ends.find((end) => end.status === 'rejected')
    assert.ok(lost?.reason instanceof WrongRevision)
    assert.equal((await idsOf(log, stream)).length, 1)
  })

  it('answers a repeat with what was stored first, hash and words', async () => {
    const first = await log.append(messages({ stream, command: 'again', content: 'first' }))
    const again = await log.append(messages({ stream, command: 'again', content: 'second' }))
    assert.deepEqual(again, first)
    assert.deepEqual(await idsOf(log, stream), [first.events[0]?.id])
  })

  it('loses to another process that was asked the same, so that whoever asks looks again', async () => {
    const [here, there] = [stores.open(), stores.open()]
    await here.append(messages({ stream: `${stream}b`, command: 'warm up' }))
    await there.append(messages({ stream, command: 'shared', content: 'theirs' }))
    const second = here.append(messages({ stream, command: 'shared', content: 'ours' }))
    await assert.rejects(second, (error) => error instanceof WrongRevision)
  })

  it('refuses more than the log takes in one piece', async () => {
    const huge = messages({ stream, command: 'huge', content: 'x'.repeat(1_100_000) })
    await assert.rejects(log.append(huge), (error) => error instanceof Rejection && error.code === 'too-large')
    assert.deepEqual(await idsOf(log, stream), [])
  })

  it('refuses to write for a contact who was erased', async () => {
    const key = uuid('erased contact')
    await log.append(messages({ stream, command: 'before', key, content: 'secret' }))
    await stores.vault.erase(key)
    const after = messages({ stream, command: 'after', key, expected: 0 })
    await assert.rejects(log.append(after), (error) => error instanceof Rejection && error.code === 'contact-erased')
    assert.match(JSON.stringify((await log.readLast(stream))?.data), /"content":"\[erased\]"/)
  })

  it('learns that it was stored when the answer is lost', async () => {
    await shaky.append(messages({ stream: `${stream}w`, command: `warm ${turn}` }))
    line.cutAtNextAnswer()
    const { events } = await shaky.append(messages({ stream, command: 'lost answer' }))
    assert.deepEqual(await idsOf(log, stream), [events[0]?.id])
    assert.equal((await log.readLast(stream))?.meta.hash, events[0]?.meta.hash)
  })

  it('gives up in time on a line that swallows everything, and works again on a new one', async () => {
    await shaky.append(messages({ stream: `${stream}w`, command: `warm ${turn}` }))
    line.swallow(true)
    const started = performance.now()
    const wish = messages({ stream, command: 'swallowed' })
    await assert.rejects(shaky.append(wish), LogUnavailable)
    assert.ok(performance.now() - started < 3000, 'it took longer than its tries may')
    line.swallow(false)
    const { events } = await insist(shaky, wish)
    assert.deepEqual(await idsOf(log, stream), [events[0]?.id])
  })

  it('stores every acknowledged event exactly once while lines are cut', async () => {
    const streams = Array.from({ length: 24 }, (_, index) => `${stream}${index}`)
    let done = false
    const cutting = (async () => {
      let cuts = 0
      for (; !done; cuts += 1) {
        await pause(15 + Math.random() * 30)
        if (cuts % 2 === 0) line.cut()
        else line.cutAtNextAnswer()
      }
      return cuts
    })()
    const acknowledged = await Promise.all(streams.map((name) => write(shaky, name, 20)))
    done = true
    const cuts = await cutting
    assert.ok(cuts > 3, `only ${cuts} cuts: nothing was proved`)
    for (const [index, name] of streams.entries()) assert.deepEqual(await idsOf(log, name), acknowledged[index])
  })

  it('stores every acknowledged event exactly once while the server is killed', async () => {
    const streams = Array.from({ length: 16 }, (_, index) => `${stream}${index}`)
    const writing = Promise.all(streams.map((name) => write(log, name, 40)))
    for (let kills = 0; kills < 2; kills += 1) {
      await pause(100)
      await stores.stack.kill('event-store', 'SIGKILL')
      await stores.stack.start('event-store')
      await stores.stack.waitReady('event-store')
    }
    const acknowledged = await writing
    for (const [index, name] of streams.entries()) assert.deepEqual(await idsOf(log, name), acknowledged[index])
  })
})
