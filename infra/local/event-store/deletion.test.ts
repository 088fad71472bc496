import assert from 'node:assert/strict'
import { StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client'
import {
  CREDENTIALS,
  collect,
  failure,
  freshStream,
  noted,
  notes,
  revisions,
  type TestBed,
  testBed,
} from './testing/client.ts'

describe('deleting', () => {
  let bed: TestBed
  before(async () => {
    bed = await testBed()
  })
  after(() => bed.close())

  it('hides a stream until it is written again, and goes on with its revisions', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(3))
    await bed.client.setStreamMetadata(stream, { maxCount: 100, colour: 'red' })
    const { position } = await bed.client.deleteStream(stream, { expectedRevision: 2n })
    const [newest] = await collect(bed.client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 }))
    assert.deepEqual([newest?.event?.position, newest?.event?.type], [position, '$metadata'])
    const gone = await failure(collect(bed.client.readStream(stream)))
    assert.ok(gone instanceof StreamNotFoundError)
    assert.equal(gone.streamName, stream)
    assert.equal((await bed.client.appendToStream(stream, noted(3), { expectedRevision: 2n })).nextExpectedRevision, 3n)
    assert.deepEqual(await revisions(bed.client.readStream(stream)), [3])
    assert.equal((await bed.client.getStreamMetadata(stream)).metadata?.truncateBefore, 3)
  })

  it('lets a deleted stream begin again with no_stream, but not exist', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(2))
    await bed.client.deleteStream(stream)
    for (const credentials of [undefined, CREDENTIALS]) {
      const error = await failure(
        bed.client.appendToStream(stream, noted(9), {
          expectedRevision: 'stream_exists',
          ...(credentials && { credentials }),
        }),
      )
      assert.ok(error instanceof StreamDeletedError)
      assert.equal(error.streamName, stream)
    }
    const begun = await bed.client.appendToStream(stream, noted(2), { expectedRevision: 'no_stream' })
    assert.equal(begun.nextExpectedRevision, 2n)
    assert.deepEqual(
      await revisions(bed.client.readStream(stream, { direction: 'backwards', fromRevision: 'end' })),
      [2],
    )
  })

  it('comes back when its metadata are written', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(2))
    await bed.client.deleteStream(stream)
    await bed.client.setStreamMetadata(stream, { maxCount: 10 })
    assert.deepEqual(await revisions(bed.client.readStream(stream)), [])
    assert.deepEqual((await bed.client.getStreamMetadata(stream)).metadata, { maxCount: 10, truncateBefore: 2 })
  })

  for (const kind of ['deleteStream', 'tombstoneStream'] as const) {
    it(`${kind} refuses wrong revisions, and tells both`, async () => {
      const stream = freshStream()
      await bed.client.appendToStream(stream, notes(4))
      for (const [expected, told] of [
        [1n, 1n],
        [7n, 7n],
        ['no_stream', -1n],
      ] as const) {
        const error = await failure(bed.client[kind](stream, { expectedRevision: expected }))
        assert.ok(error instanceof WrongExpectedVersionError)
        assert.deepEqual([error.streamName, error.expectedVersion, error.actualVersion], [stream, told, 3n])
      }
      const absent = await failure(bed.client[kind](freshStream(), { expectedRevision: 2n }))
      assert.ok(absent instanceof WrongExpectedVersionError)
      assert.equal(absent.actualVersion, 'no_stream')
      assert.ok((await bed.client[kind](freshStream(), { expectedRevision: 'no_stream' })).position)
      assert.ok((await bed.client[kind](freshStream(), { expectedRevision: 'any' })).position)
      assert.ok((await bed.client[kind](stream, { expectedRevision: 3n })).position)
    })
  }

  it('ends a tombstoned stream for ever', async () => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(2))
    const { position } = await bed.client.tombstoneStream(stream, { expectedRevision: 1n })
    const attempts: (() => Promise<unknown>)[] = [
      () => bed.client.appendToStream(stream, noted(1)),
      () => bed.client.appendToStream(stream, noted(1), { expectedRevision: 1n }),
      () => bed.client.appendToStream(stream, noted(1), { credentials: CREDENTIALS }),
      () => bed.client.setStreamMetadata(stream, { maxCount: 1 }),
      () => bed.client.deleteStream(stream),
      () => bed.client.tombstoneStream(stream),
      () => collect(bed.client.readStream(stream)),
      () => collect(bed.client.readStream(stream, { direction: 'backwards', fromRevision: 'end' })),
    ]
    for (const attempt of attempts) {
      const error = await failure(attempt())
      assert.ok(error instanceof StreamDeletedError, String(attempt))
    }
    const [newest] = await collect(bed.client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 }))
    assert.deepEqual([newest?.event?.type, newest?.event?.position], ['$streamDeleted', position])
    const events = await collect(bed.client.readAll())
    assert.equal(events.filter(({ event }) => event?.streamId === stream && event.type === 'Noted').length, 2)
  })

  it('tells of streams whose names are not ASCII', async () => {
    const stream = `${freshStream()}-ü`
    await bed.client.tombstoneStream(stream)
    assert.ok((await failure(collect(bed.client.readStream(stream)))) instanceof StreamDeletedError)
  })
})
