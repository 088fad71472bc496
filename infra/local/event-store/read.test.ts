import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { binaryEvent, StreamNotFoundError } from '@eventstore/db-client'
import { collect, failure, freshStream, noted, notes, revisions, type TestBed, testBed } from './testing/client.ts'

describe('reading', () => {
  let bed: TestBed
  before(async () => {
    bed = await testBed()
  })
  after(() => bed.close())

  describe('a stream', () => {
    const stream = freshStream()
    before(() => bed.client.appendToStream(stream, notes(300)))

    it('goes both ways, from both ends and from any revision, which is included', async () => {
      const { client } = bed
      const all = Array.from({ length: 300 }, (_, n) => n)
      assert.deepEqual(await revisions(client.readStream(stream)), all)
      assert.deepEqual(await revisions(client.readStream(stream, { fromRevision: 290n, maxCount: 3 })), [290, 291, 292])
      assert.deepEqual(await revisions(client.readStream(stream, { fromRevision: 298n })), [298, 299])
      assert.deepEqual(
        await revisions(client.readStream(stream, { direction: 'backwards', fromRevision: 'end' })),
        all.toReversed(),
      )
      assert.deepEqual(
        await revisions(client.readStream(stream, { direction: 'backwards', fromRevision: 2n })),
        [2, 1, 0],
      )
      assert.deepEqual(
        await revisions(client.readStream(stream, { direction: 'backwards', fromRevision: 'start' })),
        [0],
      )
      const latest = client.readStream(stream, { direction: 'backwards', fromRevision: 1000n, maxCount: 2 })
      assert.deepEqual(await revisions(latest), [299, 298])
    })

    it('finds nothing beyond the end', async () => {
      assert.deepEqual(await revisions(bed.client.readStream(stream, { fromRevision: 300n })), [])
      assert.deepEqual(await revisions(bed.client.readStream(stream, { fromRevision: 18446744073709551615n })), [])
      assert.deepEqual(await revisions(bed.client.readStream(stream, { fromRevision: 'end' })), [])
    })

    it('ends early when the reader leaves', async () => {
      let seen = 0
      for await (const _ of bed.client.readStream(stream)) if (++seen === 5) break
      const reader = bed.client.readStream(stream)
      await reader.cancel()
      assert.equal(seen, 5)
      assert.equal((await collect(bed.client.readStream(stream, { requiresLeader: true, maxCount: 1 }))).length, 1)
    })

    it('says when there is no such stream', async () => {
      const error = await failure(collect(bed.client.readStream('absent')))
      assert.ok(error instanceof StreamNotFoundError)
      assert.equal(error.streamName, 'absent')
    })
  })

  describe('all', () => {
    it('goes both ways; a position is included forwards and excluded backwards', async () => {
      const { client } = bed
      const stream = freshStream()
      const first = await client.appendToStream(stream, noted(0))
      const second = await client.appendToStream(stream, noted(1))
      const last = await client.appendToStream(stream, noted(2))
      assert.ok(first.position && second.position && last.position)
      const numbers = async (events: Parameters<typeof collect>[0]): Promise<unknown[]> =>
        (await collect(events)).map(({ event }) => Object(event?.data).n)
      assert.deepEqual(await numbers(client.readAll({ fromPosition: first.position })), [0, 1, 2])
      assert.deepEqual(await numbers(client.readAll({ fromPosition: first.position, maxCount: 2 })), [0, 1])
      const back = { direction: 'backwards', maxCount: 2 } as const
      assert.deepEqual(await numbers(client.readAll({ ...back, fromPosition: 'end' })), [2, 1])
      assert.deepEqual(await numbers(client.readAll({ ...back, fromPosition: last.position })), [1, 0])
      assert.deepEqual(await collect(client.readAll({ fromPosition: 'end' })), [])
      assert.deepEqual(await collect(client.readAll({ direction: 'backwards', fromPosition: 'start' })), [])
    })

    it('shows every event once, in the order of positions', async () => {
      const forwards = await collect(bed.client.readAll())
      const positions = forwards.map(({ event }) => event?.position?.commit ?? 0n)
      assert.ok(positions.every((position, i) => i === 0 || position > (positions[i - 1] ?? 0n)))
      const backwards = await collect(bed.client.readAll({ direction: 'backwards', fromPosition: 'end' }))
      assert.deepEqual(
        backwards.map(({ event }) => event?.id),
        forwards.map(({ event }) => event?.id).toReversed(),
      )
    })
  })

  describe('links', () => {
    const link = (target: string) =>
      binaryEvent({ id: randomUUID(), type: '$>', data: Buffer.from(target), metadata: undefined })

    it('are resolved on request', async () => {
      const [target, links] = [freshStream(), freshStream('links')]
      await bed.client.appendToStream(target, notes(2))
      await bed.client.appendToStream(links, [link(`1@${target}`), noted(7), link('0@absent'), link('nonsense')])
      const plain = await collect(bed.client.readStream(links))
      assert.deepEqual(
        plain.map(({ event }) => event?.type),
        ['$>', 'Noted', '$>', '$>'],
      )
      const resolved = await collect(bed.client.readStream(links, { resolveLinkTos: true }))
      assert.deepEqual(
        resolved.map(({ event, link }) => [event?.streamId, event?.revision, link?.streamId, link?.revision]),
        [
          [target, 1n, links, 0n],
          [links, 1n, undefined, undefined],
          [undefined, undefined, links, 2n],
          [undefined, undefined, links, 3n],
        ],
      )
      const all = await collect(bed.client.readAll({ resolveLinkTos: true }))
      assert.equal(all.filter(({ link }) => link?.streamId === links).length, 3)
    })
  })

  describe('what metadata leave', () => {
    const visible = (stream: string, direction: 'forwards' | 'backwards' = 'forwards') =>
      revisions(bed.client.readStream(stream, { direction, fromRevision: direction === 'forwards' ? 'start' : 'end' }))

    it('is the newest $maxCount events', async () => {
      const stream = freshStream()
      await bed.client.appendToStream(stream, notes(10))
      await bed.client.setStreamMetadata(stream, { maxCount: 3 })
      assert.deepEqual(await visible(stream), [7, 8, 9])
      assert.deepEqual(await visible(stream, 'backwards'), [9, 8, 7])
      await bed.client.appendToStream(stream, noted(10))
      assert.deepEqual(await visible(stream), [8, 9, 10])
    })

    it('is what stands at or behind $tb', async () => {
      const stream = freshStream()
      await bed.client.appendToStream(stream, notes(5))
      await bed.client.setStreamMetadata(stream, { truncateBefore: 4 })
      assert.deepEqual(await visible(stream), [4])
      await bed.client.setStreamMetadata(stream, { truncateBefore: 9 })
      assert.deepEqual(await visible(stream), [])
    })

    it('is younger than $maxAge', async () => {
      const stream = freshStream()
      await bed.client.appendToStream(stream, notes(3))
      await bed.client.setStreamMetadata(stream, { maxAge: 1 })
      assert.deepEqual(await visible(stream), [0, 1, 2])
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await bed.client.appendToStream(stream, noted(3))
      assert.deepEqual(await visible(stream), [3])
      const all = await collect(bed.client.readAll())
      assert.equal(all.filter(({ event }) => event?.streamId === stream).length, 4)
    })

    it('are kept themselves, known and unknown, and only the last are shown', async () => {
      const stream = freshStream()
      assert.deepEqual(await bed.client.getStreamMetadata(stream), { streamName: stream })
      await bed.client.setStreamMetadata(stream, { maxAge: 5 })
      const metadata = {
        maxCount: 7,
        cacheControl: 20,
        acl: { readRoles: ['bob'], writeRoles: ['amy'], metaReadRoles: ['$all'] },
        colour: 'blue',
      }
      await bed.client.setStreamMetadata<{ colour: string }>(stream, metadata, { expectedRevision: 0n })
      assert.deepEqual((await bed.client.getStreamMetadata(stream)).metadata, metadata)
      assert.deepEqual(await revisions(bed.client.readStream(`$$${stream}`)), [1])
    })
  })
})
