import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { EventStoreDBClient, PARK } from '@eventstore/db-client'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { collect, failure, freshStream, noted, notes, type TestBed, testBed } from './testing/client.ts'
import { bytesField, EMPTY, message, stringField, uintField } from './wire/proto-writer.ts'

const READ = '/event_store.client.streams.Streams/Read'
const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend'
const same = (bytes: Buffer): Buffer => bytes

describe('the port', () => {
  let bed: TestBed
  let raw: Client
  before(async () => {
    bed = await testBed()
    raw = new Client(`127.0.0.1:${bed.port}`, credentials.createInsecure())
  })
  after(async () => {
    raw.close()
    await bed.close()
  })

  const isWell = async (): Promise<void> => {
    const stream = freshStream()
    await bed.client.appendToStream(stream, notes(2))
    assert.equal((await collect(bed.client.readStream(stream))).length, 2)
  }

  const read = (request: Buffer): Promise<ServiceError> =>
    new Promise((resolve, reject) => {
      const call = raw.makeServerStreamRequest(READ, same, same, request, new Metadata())
      call.on('error', (error: ServiceError) => resolve(error))
      call.on('end', () => reject(new Error('it should have failed')))
      call.resume()
    })

  const batchAppend = (...requests: Buffer[]): Promise<Buffer[] | ServiceError> =>
    new Promise((resolve) => {
      const answers: Buffer[] = []
      const call = raw.makeBidiStreamRequest<Buffer, Buffer>(BATCH_APPEND, same, same, new Metadata())
      call.on('data', (answer: Buffer) => answers.push(answer))
      call.on('error', (error: ServiceError) => resolve(error))
      call.on('end', () => resolve(answers))
      for (const request of requests) call.write(request)
      call.end()
    })

  describe('answers pages', () => {
    for (const [path, code, body] of [
      ['/ping', 200, /Ping/],
      ['/health/live', 204, /^$/],
      ['/info', 200, /"esVersion":"23\.10/],
      ['/stats', 200, /"last_position":\d+/],
      ['/metrics', 200, /^event_store_last_position \d+$/m],
      ['/nothing', 404, /no page/],
    ] as const) {
      it(`${path} with ${code}`, async () => {
        const response = await fetch(`http://127.0.0.1:${bed.port}${path}`)
        assert.equal(response.status, code)
        assert.match(await response.text(), body)
      })
    }
  })

  describe('survives', () => {
    for (const [name, bytes] of [
      ['garbage', Buffer.from([0, 255, 1, 2, 3, 10, 13, 10, 13, 10])],
      ['an HTTP/2 preface and garbage', Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\xff'.repeat(100)}`, 'latin1')],
      ['half a preface', Buffer.from('PRI * HT')],
      ['an endless header', Buffer.from(`GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`)],
    ] as const) {
      it(name, async () => {
        await new Promise<void>((resolve) => {
          const socket = connect(bed.port, '127.0.0.1', () => socket.end(bytes))
          socket.on('error', () => resolve())
          socket.on('close', () => resolve())
          socket.setTimeout(500, () => socket.destroy())
          socket.resume()
        })
        await isWell()
      })
    }

    it('requests that are no protobuf, or not the right one', async () => {
      const requests = [
        Buffer.from([0xff, 0xff]),
        EMPTY,
        bytesField(1, Buffer.from([0x0a, 0x7f])),
        bytesField(1, uintField(5, 1)),
      ]
      for (const request of requests) assert.equal((await read(request)).code, status.INVALID_ARGUMENT)
      const broken = await batchAppend(Buffer.from([0x0a, 0xff]))
      assert.ok(!Array.isArray(broken) && broken.code === status.INVALID_ARGUMENT)
      await isWell()
    })

    it('a broken append among good ones, and answers each by its id', async () => {
      const correlation = (n: number): Buffer =>
        bytesField(1, stringField(2, `00000000-0000-4000-8000-00000000000${n}`))
      const options = bytesField(2, message(bytesField(1, bytesField(3, Buffer.from('raw-1'))), bytesField(4, EMPTY)))
      const entry = (key: string, value: string): Buffer =>
        bytesField(2, message(stringField(1, key), stringField(2, value)))
      const id = bytesField(1, stringField(2, '00000000-0000-4000-8000-000000000000'))
      const good = message(id, entry('type', 'T'), entry('content-type', 'application/json'))
      const final = uintField(4, 1)
      const answers = await batchAppend(
        message(correlation(1), options, bytesField(3, message(id, entry('type', 'T'))), final),
        message(correlation(2), options, bytesField(3, bytesField(1, stringField(2, 'no uuid'))), final),
        message(correlation(3), options, bytesField(3, good), final),
        message(correlation(4), bytesField(2, EMPTY), final),
        message(correlation(5), final),
      )
      assert.ok(Array.isArray(answers))
      const told = answers.map(
        (answer) => /00000000-0000-4000-8000-00000000000(\d)/.exec(answer.toString('latin1'))?.[1],
      )
      assert.deepEqual(told.toSorted(), ['1', '2', '3', '4'])
      assert.equal((await collect(bed.client.readStream('raw-1'))).length, 1)
    })

    it('messages beyond the limit', async () => {
      const error = await read(Buffer.alloc(16 * 1024 * 1024 + 1))
      assert.equal(error.code, status.RESOURCE_EXHAUSTED)
      await isWell()
    })

    it('a client that begins appends and finishes none', async () => {
      const begun = (n: number): Buffer => {
        const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
        const options = bytesField(2, message(bytesField(1, bytesField(3, Buffer.from('raw-2'))), bytesField(4, EMPTY)))
        return message(bytesField(1, stringField(2, id)), options, bytesField(15, Buffer.alloc(10 * 1024 * 1024)))
      }
      const answer = await batchAppend(...[1, 2, 3, 4, 5, 6, 7].map(begun))
      assert.ok(!Array.isArray(answer) && answer.code === status.RESOURCE_EXHAUSTED)
      await isWell()
    })

    it('filters that are no good', async () => {
      const filtered = (expression: Buffer): Buffer => {
        const filter = bytesField(7, message(bytesField(2, expression), bytesField(4, EMPTY), uintField(5, 1)))
        return bytesField(1, message(bytesField(2, bytesField(2, EMPTY)), uintField(5, 10), filter))
      }
      for (const pattern of ['(', '(a+)+$', `a{${'9'.repeat(3000)}`]) {
        assert.equal((await read(filtered(stringField(1, pattern)))).code, status.INVALID_ARGUMENT, pattern)
      }
      assert.equal((await read(filtered(EMPTY))).code, status.INVALID_ARGUMENT)
      await isWell()
    })
  })

  it('knows nothing of persistent subscriptions and projections', async () => {
    for (const attempt of [
      () => bed.client.listAllPersistentSubscriptions(),
      () => bed.client.createProjection('p', 'fromAll()'),
      () => bed.client.createPersistentSubscriptionToStream('s', 'g', { consumerStrategyName: 'RoundRobin' } as never),
    ]) {
      assert.ok((await failure(attempt())) instanceof Error)
    }
    assert.ok(PARK)
    await isWell()
  })

  it('is found by gossip', async () => {
    for (const url of [
      `esdb+discover://127.0.0.1:${bed.port}?tls=false&nodePreference=leader`,
      `esdb://127.0.0.1:${bed.port},127.0.0.1:1?tls=false&nodePreference=follower`,
    ]) {
      const client = EventStoreDBClient.connectionString(`${url}&connectionName=found&keepAliveInterval=10000`)
      assert.ok((await client.appendToStream(freshStream(), noted(1), { requiresLeader: true })).success)
      await client.dispose()
    }
  })
})
