import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  binaryEvent,
  DeadlineExceededError,
  EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
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

describe('appending', () => {
  let bed: TestBed
  before(async () => {
    bed = await testBed()
  })
  after(() => bed.close())

  // With credentials the client uses Append, without them BatchAppend.
  for (const [way, options] of [
    ['BatchAppend', {}],
    ['Append', { credentials: CREDENTIALS }],
  ] as const) {
    describe(`with ${way}`, () => {
      it('answers the last revision and position', async () => {
        const stream = freshStream()
        const first = await bed.client.appendToStream(stream, notes(3), { expectedRevision: 'no_stream', ...options })
        const second = await bed.client.appendToStream(stream, notes(2), { expectedRevision: 2n, ...options })
        assert.equal(first.nextExpectedRevision, 2n)
        assert.equal(second.nextExpectedRevision, 4n)
        assert.equal(second.success, true)
        const [last] = await collect(
          bed.client.readStream(stream, { direction: 'backwards', fromRevision: 'end', maxCount: 1 }),
        )
        assert.deepEqual(last?.event?.position, second.position)
        assert.ok((second.position?.commit ?? 0n) > (first.position?.commit ?? 0n))
      })

      it('accepts any revision, and stream_exists for a stream that exists', async () => {
        const stream = freshStream()
        await bed.client.appendToStream(stream, noted(1), { expectedRevision: 'any', ...options })
        const result = await bed.client.appendToStream(stream, noted(2), {
          expectedRevision: 'stream_exists',
          ...options,
        })
        assert.equal(result.nextExpectedRevision, 1n)
      })

      it('refuses wrong revisions, and tells both', async () => {
        const stream = freshStream()
        const absent = await failure(bed.client.appendToStream(stream, noted(1), { expectedRevision: 5n, ...options }))
        assert.ok(absent instanceof WrongExpectedVersionError)
        assert.deepEqual([absent.streamName, absent.expectedVersion, absent.actualVersion], [stream, 5n, 'no_stream'])
        const unborn = await failure(
          bed.client.appendToStream(stream, noted(1), { expectedRevision: 'stream_exists', ...options }),
        )
        assert.ok(unborn instanceof WrongExpectedVersionError)
        assert.deepEqual([unborn.expectedVersion, unborn.actualVersion], ['stream_exists', 'no_stream'])
        await bed.client.appendToStream(stream, notes(2), options)
        for (const expected of [0n, 9n, 'no_stream'] as const) {
          const wrong = await failure(
            bed.client.appendToStream(stream, noted(1), { expectedRevision: expected, ...options }),
          )
          assert.ok(wrong instanceof WrongExpectedVersionError)
          assert.deepEqual([wrong.streamName, wrong.expectedVersion, wrong.actualVersion], [stream, expected, 1n])
        }
        assert.deepEqual(await revisions(bed.client.readStream(stream)), [0, 1])
      })

      it('limits the data of one append', async () => {
        const stream = freshStream()
        const whole = binaryEvent({ type: 'Big', data: new Uint8Array(1_048_576) })
        await bed.client.appendToStream(stream, whole, options)
        const over = [
          binaryEvent({ type: 'Big', data: new Uint8Array(1_048_576) }),
          binaryEvent({ type: 'Big', data: new Uint8Array(1) }),
        ]
        const error = await failure(bed.client.appendToStream(stream, over, options))
        assert.ok(error instanceof MaxAppendSizeExceededError)
        assert.equal(error.maxAppendSize, 1_048_576)
        assert.deepEqual(await revisions(bed.client.readStream(stream)), [0])
      })

      it('recognises a repeated append', async () => {
        const stream = freshStream()
        const [a, b, c] = [noted(1), noted(2), noted(3)]
        const exact = { expectedRevision: 'no_stream', ...options } as const
        const first = await bed.client.appendToStream(stream, [a, b], exact)
        await bed.client.appendToStream(stream, c, { expectedRevision: 1n, ...options })
        assert.deepEqual(await bed.client.appendToStream(stream, [a, b], exact), first)
        assert.deepEqual(
          await bed.client.appendToStream(stream, [a, b], { expectedRevision: 'any', ...options }),
          first,
        )
        assert.deepEqual(await revisions(bed.client.readStream(stream)), [0, 1, 2])
        // The same ids at the current revision are new events.
        const again = await bed.client.appendToStream(stream, [a, b], { expectedRevision: 2n, ...options })
        assert.equal(again.nextExpectedRevision, 4n)
      })

      it('refuses an append that repeats another in part', async () => {
        const stream = freshStream()
        const [a, b] = [noted(1), noted(2)]
        await bed.client.appendToStream(stream, a, { expectedRevision: 'no_stream', ...options })
        for (const expectedRevision of ['no_stream', 'any'] as const) {
          const error = await failure(bed.client.appendToStream(stream, [a, b], { expectedRevision, ...options }))
          assert.ok(error instanceof WrongExpectedVersionError)
        }
        assert.deepEqual(await revisions(bed.client.readStream(stream)), [0])
      })

      it('writes nothing for no events', async () => {
        const stream = freshStream()
        assert.equal((await bed.client.appendToStream(stream, [], options)).success, true)
        const error = await failure(revisions(bed.client.readStream(stream)))
        assert.ok(error instanceof StreamNotFoundError)
      })
    })
  }

  it('keeps id, type, data, metadata and time, as JSON or as bytes', async () => {
    const stream = freshStream()
    const id = randomUUID()
    const bytes = Uint8Array.from([0, 1, 254, 255])
    const begun = Date.now()
    await bed.client.appendToStream(stream, [
      jsonEvent({ id, type: 'Grüße', data: { text: 'žluťoučký 🐎' }, metadata: { $correlationId: 'c' } }),
      binaryEvent({ type: 'Raw', data: bytes, metadata: Uint8Array.from([7]) }),
    ])
    const [json, raw] = (await collect(bed.client.readStream(stream))).map(({ event }) => event)
    assert.deepEqual([json?.id, json?.type, json?.isJson, json?.streamId], [id, 'Grüße', true, stream])
    assert.deepEqual(json?.data, { text: 'žluťoučký 🐎' })
    assert.deepEqual(json?.metadata, { $correlationId: 'c' })
    assert.ok(json && json.created.getTime() >= begun - 1 && json.created.getTime() <= Date.now() + 1)
    assert.deepEqual([raw?.isJson, Buffer.from(raw?.data as Uint8Array)], [false, Buffer.from(bytes)])
  })

  it('takes one append in many chunks, among others', async () => {
    const stream = freshStream()
    const large = Array.from({ length: 40 }, (_, n) =>
      jsonEvent({ type: 'Noted', data: { n, pad: 'x'.repeat(10_000) } }),
    )
    const results = await Promise.all([
      bed.client.appendToStream(stream, large, { batchAppendSize: 20_000 }),
      ...notes(20).map((event) => bed.client.appendToStream(freshStream(), event)),
    ])
    assert.equal(results[0]?.nextExpectedRevision, 39n)
    const read = await collect(bed.client.readStream(stream))
    assert.deepEqual(
      read.map(({ event }) => Object(event?.data).n),
      large.map((_, n) => n),
    )
  })

  it('lets exactly one of many concurrent writers win each revision', async () => {
    const stream = freshStream()
    const tries = notes(50).map((event) => bed.client.appendToStream(stream, event, { expectedRevision: 'no_stream' }))
    const outcomes = await Promise.allSettled(tries)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    const id = noted(0)
    const repeats = Array.from({ length: 50 }, () => bed.client.appendToStream(stream, id, { expectedRevision: 0n }))
    assert.equal(new Set((await Promise.all(repeats)).map(({ position }) => position?.commit)).size, 1)
    assert.deepEqual(await revisions(bed.client.readStream(stream)), [0, 1])
  })

  it('does not begin an append whose deadline has passed', async () => {
    const stream = freshStream()
    const error = await failure(bed.client.appendToStream(stream, notes(10_000), { deadline: 1 }))
    assert.ok(error instanceof DeadlineExceededError)
    assert.ok((await failure(revisions(bed.client.readStream(stream)))) instanceof StreamNotFoundError)
  })

  it('resolves instead of throwing when the client asks for it', async () => {
    const lenient = EventStoreDBClient.connectionString(`${bed.url}&throwOnAppendFailure=false`)
    const stream = freshStream()
    const result = await lenient.appendToStream(stream, noted(1), { expectedRevision: 3n })
    assert.equal(result.success, false)
    await lenient.appendToStream(stream, notes(3))
    const current = await lenient.appendToStream(stream, noted(1), { expectedRevision: 7n, credentials: CREDENTIALS })
    assert.deepEqual([current.success, current.nextExpectedRevision], [false, 2n])
    await lenient.dispose()
  })

  it('takes streams with odd and long names', async () => {
    for (const stream of ['a b/c?d=%', 'Überfluß-🦊', 'x'.repeat(3000), `${'x'.repeat(3000)}y`]) {
      await bed.client.appendToStream(stream, noted(1), { expectedRevision: 'no_stream' })
      const [read] = await collect(bed.client.readStream(stream))
      assert.equal(read?.event?.streamId, stream)
    }
    await assert.rejects(bed.client.appendToStream('', noted(1)))
  })
})
