import assert from 'node:assert/strict'
import {
  type AllStreamSubscription,
  eventTypeFilter,
  excludeSystemEvents,
  type Position,
  StreamDeletedError,
  type StreamSubscription,
  streamNameFilter,
  TimeoutError,
} from '@eventstore/db-client'
import { collect, freshStream, noted, notes, type TestBed, testBed, until } from './testing/client.ts'

type Followed = { seen: string[]; caughtUp: number; confirmed: number; error: unknown; stop(): Promise<void> }

/** Notes what a subscription shows, as `stream@revision`. */
function follow(subscription: StreamSubscription | AllStreamSubscription): Followed {
  const followed: Followed = {
    seen: [],
    caughtUp: 0,
    confirmed: 0,
    error: undefined,
    stop: () => subscription.unsubscribe(),
  }
  subscription.on('data', ({ event, link }) =>
    followed.seen.push(`${(link ?? event)?.streamId}@${(link ?? event)?.revision}`),
  )
  subscription.on('caughtUp', () => followed.caughtUp++)
  subscription.on('confirmation', () => followed.confirmed++)
  subscription.on('error', (error) => {
    followed.error = error
  })
  return followed
}

describe('subscribing', () => {
  let bed: TestBed
  beforeEach(async () => {
    bed = await testBed()
  })
  afterEach(() => bed.close())

  const range = (stream: string, from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `${stream}@${from + i}`)

  it('to a stream shows what was and what comes, and says once that it has caught up', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(300))
    const followed = follow(bed.client.subscribeToStream(stream))
    await until(() => followed.caughtUp === 1, 'caught up')
    for (let i = 300; i < 320; i++) await bed.client.appendToStream(stream, noted(i))
    await bed.client.appendToStream(freshStream(), noted(0))
    await until(() => followed.seen.length === 320, 'all events')
    assert.deepEqual(followed.seen, range(stream, 0, 320))
    assert.deepEqual([followed.confirmed, followed.caughtUp, followed.error], [1, 1, undefined])
    await followed.stop()
  })

  it('to a stream begins behind a revision, or at the end', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(5))
    const behind = follow(bed.client.subscribeToStream(stream, { fromRevision: 2n }))
    const end = follow(bed.client.subscribeToStream(stream, { fromRevision: 'end' }))
    await until(() => behind.caughtUp + end.caughtUp === 2, 'caught up')
    await bed.client.appendToStream(stream, noted(5))
    await until(() => behind.seen.length === 3 && end.seen.length === 1, 'the events')
    assert.deepEqual(behind.seen, range(stream, 3, 6))
    assert.deepEqual(end.seen, range(stream, 5, 6))
    await Promise.all([behind.stop(), end.stop()])
  })

  it('to a stream that does not exist yet waits for it', async () => {
    const stream = freshStream()
    const followed = follow(bed.client.subscribeToStream(stream))
    await until(() => followed.caughtUp === 1, 'caught up')
    await bed.client.appendToStream(stream, notes(2))
    await until(() => followed.seen.length === 2, 'the events')
    assert.equal(followed.error, undefined)
    await followed.stop()
  })

  it('to a tombstoned stream fails, before as after', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, noted(0))
    const live = follow(bed.client.subscribeToStream(stream))
    await until(() => live.caughtUp === 1, 'caught up')
    await bed.client.tombstoneStream(stream)
    const late = follow(bed.client.subscribeToStream(stream))
    await until(() => live.error !== undefined && late.error !== undefined, 'both errors')
    assert.ok(live.error instanceof StreamDeletedError && late.error instanceof StreamDeletedError)
  })

  it('to all begins at the start, behind a position, or at the end', async () => {
    const stream = freshStream()
    const first = await bed.client.appendToStream(stream, notes(2))
    await bed.client.appendToStream(stream, noted(2))
    assert.ok(first.position)
    const start = follow(bed.client.subscribeToAll())
    const behind = follow(bed.client.subscribeToAll({ fromPosition: first.position }))
    const end = follow(bed.client.subscribeToAll({ fromPosition: 'end' }))
    await until(() => start.caughtUp + behind.caughtUp + end.caughtUp === 3, 'caught up')
    await bed.client.appendToStream(stream, noted(3))
    await until(() => start.seen.length === 4 && behind.seen.length === 2 && end.seen.length === 1, 'the events')
    assert.deepEqual(behind.seen, range(stream, 2, 4))
    await Promise.all([start.stop(), behind.stop(), end.stop()])
  })

  it('resolves links', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, noted(0))
    const seen: unknown[] = []
    const subscription = bed.client.subscribeToStream('links', { resolveLinkTos: true })
    subscription.on('data', ({ event, link }) => seen.push([event?.streamId, link?.streamId]))
    const { binaryEvent } = await import('@eventstore/db-client')
    await bed.client.appendToStream('links', binaryEvent({ type: '$>', data: Buffer.from(`0@${stream}`) }))
    await until(() => seen.length === 1, 'the link')
    assert.deepEqual(seen, [[stream, 'links']])
    await subscription.unsubscribe()
  })

  describe('with a filter', () => {
    beforeEach(async () => {
      for (let n = 0; n < 20; n++) {
        await bed.client.appendToStream(`apple-${n % 2}`, noted(n, n % 4 < 2 ? 'Picked' : 'Eaten'))
        await bed.client.appendToStream('pear-1', noted(n, 'Peeled'))
      }
      await bed.client.setStreamMetadata('pear-1', { maxCount: 1000 })
    })

    for (const [name, filter, expected] of [
      ['stream prefixes', streamNameFilter({ prefixes: ['apple-0', 'pear'] }), 30],
      ['a stream pattern', streamNameFilter({ regex: '^apple' }), 20],
      ['type prefixes', eventTypeFilter({ prefixes: ['Pick', 'Peel'] }), 30],
      ['a type pattern', eventTypeFilter({ regex: 'ed$' }), 30],
      ['no system events', excludeSystemEvents(), 40],
    ] as const) {
      it(`of ${name} shows what passes, before and after catching up`, async () => {
        const followed = follow(bed.client.subscribeToAll({ filter }))
        await until(() => followed.caughtUp === 1, 'caught up')
        assert.equal(followed.seen.length, expected)
        await bed.client.appendToStream('apple-0', noted(1, 'Picked'))
        await bed.client.setStreamMetadata('pear-1', { maxCount: 999 })
        await bed.client.appendToStream('apple-0', noted(1, 'Eaten'))
        await bed.client.appendToStream('pear-1', noted(1, 'Peeled'))
        const later = name === 'no system events' ? 3 : 2
        await until(() => followed.seen.length >= expected + later, 'the later events')
        await followed.stop()
      })
    }

    it('sends a checkpoint every multiplier × window considered events, on into the live ones', async () => {
      const checkpoints: Position[] = []
      const filter = eventTypeFilter({
        prefixes: ['Nothing'],
        checkpointInterval: 2,
        maxSearchWindow: 5,
        checkpointReached: async (_subscription, position) => {
          checkpoints.push(position)
        },
      })
      const followed = follow(bed.client.subscribeToAll({ filter }))
      await until(() => followed.caughtUp === 1, 'caught up')
      const positions = (await collect(bed.client.readAll())).map(({ event }) => event?.position)
      assert.equal(positions.length, 41)
      assert.deepEqual(checkpoints, [positions[9], positions[19], positions[29], positions[39]])
      await bed.client.appendToStream('apple-0', notes(8))
      const { position } = await bed.client.appendToStream('apple-0', noted(1))
      await until(() => checkpoints.length === 5, 'the live checkpoint')
      assert.deepEqual(checkpoints[4], position)
      await followed.stop()
    })
  })

  it('misses nothing and repeats nothing while others write', async () => {
    const writing = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 60; i++) await bed.client.appendToStream(`writer-${writer}`, notes(3))
      }),
    )
    const all = Array.from({ length: 4 }, () => follow(bed.client.subscribeToAll({ filter: excludeSystemEvents() })))
    const one = follow(bed.client.subscribeToStream('writer-3'))
    await writing
    const total = 8 * 60 * 3
    await until(() => all.every(({ seen }) => seen.length >= total) && one.seen.length >= 180, 'all events')
    for (const { seen } of all) assert.equal(new Set(seen).size, total)
    assert.deepEqual(one.seen, range('writer-3', 0, 180))
    await Promise.all([...all, one].map(({ stop }) => stop()))
  })

  it('drops a live subscriber that falls too far behind, and holds no memory for it', async () => {
    const subscription = bed.client.subscribeToAll({ fromPosition: 'end' })
    const followed = follow(subscription)
    await until(() => followed.caughtUp === 1, 'caught up')
    subscription.pause()
    for (let i = 0; i < 45; i++) await bed.client.appendToStream('flood', notes(1000))
    subscription.resume()
    await until(() => followed.error !== undefined, 'the drop')
    assert.ok(followed.error instanceof TimeoutError)
    assert.match(String(followed.error), /too slow/)
    assert.ok(followed.seen.length < 45_000)
  }).timeout(20_000)

  it('lets a slow subscriber take its time to catch up', async () => {
    for (let i = 0; i < 45; i++) await bed.client.appendToStream('flood', notes(1000))
    const subscription = bed.client.subscribeToAll()
    const followed = follow(subscription)
    await until(() => followed.seen.length > 100, 'the first events')
    subscription.pause()
    await bed.client.appendToStream('flood', notes(1000))
    subscription.resume()
    await until(() => followed.seen.length === 46_000 && followed.caughtUp === 1, 'all events')
    assert.equal(followed.error, undefined)
    await followed.stop()
  }).timeout(20_000)
})
