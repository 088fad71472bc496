import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { collect, failure, noted, notes, revisions, until } from './testing/client.ts'
import { runProcess, type ServerProcess, startProcess, temporaryDir } from './testing/server-process.ts'

const ROUNDS = 10
const WRITERS = 12

describe('the server process', () => {
  let dir: ReturnType<typeof temporaryDir>
  const clients: EventStoreDBClient[] = []
  const servers: ServerProcess[] = []

  const start = async (...args: string[]): Promise<ServerProcess> => {
    const server = await startProcess(['--data', dir.path, '--port', '0', ...args])
    servers.push(server)
    return server
  }
  const connect = (server: ServerProcess): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(server.url)
    clients.push(client)
    return client
  }

  beforeEach(() => {
    dir = temporaryDir()
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.dispose()))
    await Promise.all(servers.splice(0).map((server) => server.end('SIGKILL')))
    dir.remove()
  })

  it('loses nothing that it acknowledged and halves no append, killed at any time', async () => {
    /** Ids of an append that was acknowledged, or may have been stored. */
    const acknowledged: string[][] = []
    const unknown: string[][] = []
    for (let round = 0; round < ROUNDS; round++) {
      const server = await start()
      const client = connect(server)
      await client.appendToStream('warm-up', noted(round))
      let stopped = false
      let appended = 0
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        while (!stopped) {
          const events = Array.from({ length: 1 + (appended % 7) }, () =>
            jsonEvent({ id: randomUUID(), type: 'Noted', data: {} }),
          )
          const ids = events.map(({ id }) => id)
          const append = client.appendToStream(`writer-${writer}`, events).then(
            () => {
              appended++
              acknowledged.push(ids)
            },
            () => {
              stopped = true
              unknown.push(ids)
            },
          )
          await append
        }
      })
      await until(() => appended > 100 + 37 * round, 'some appends')
      await server.end('SIGKILL')
      stopped = true
      await Promise.all(writers)
    }
    const client = connect(await start())
    const stored = (await collect(client.readAll())).map(({ event }) => event?.id ?? '')
    const known = new Set(stored)
    assert.equal(known.size, stored.length, 'no event twice')
    assert.ok(acknowledged.length > 1000)
    for (const ids of acknowledged)
      assert.ok(
        ids.every((id) => known.has(id)),
        'every acknowledged event',
      )
    for (const ids of unknown)
      assert.ok(
        ids.every((id) => known.has(id) === known.has(ids[0] ?? '')),
        'all or nothing',
      )
    for (let writer = 0; writer < WRITERS; writer++) {
      const seen = await revisions(client.readStream(`writer-${writer}`))
      assert.deepEqual(
        seen,
        seen.map((_, i) => i),
      )
      const own = await collect(client.readStream(`writer-${writer}`))
      const position = stored.indexOf(own[0]?.event?.id ?? '')
      assert.ok(position >= 0)
    }
  }).timeout(60_000)

  it('goes on after a restart on the same port, with the same client', async () => {
    const first = await start()
    const client = connect(first)
    await client.appendToStream('kept', notes(3))
    const errors: unknown[] = []
    client.subscribeToAll().on('error', (error) => errors.push(error))
    await first.end('SIGKILL')
    await until(() => errors.length === 1, "the subscription's error")
    const second = await start('--port', String(first.port))
    assert.equal(second.port, first.port)
    let result: unknown
    for (let tries = 0; !result && tries < 20; tries++) {
      result = await client.appendToStream('kept', noted(3), { expectedRevision: 2n }).catch(() => undefined)
    }
    assert.deepEqual(await revisions(client.readStream('kept')), [0, 1, 2, 3])
  }).timeout(20_000)

  it('recognises a retry of an append across a restart', async () => {
    const first = await start()
    const [exact, any] = [notes(2), notes(2)]
    const before = connect(first)
    const told = [
      await before.appendToStream('exact', exact, { expectedRevision: 'no_stream' }),
      await before.appendToStream('any', any),
    ]
    await first.end('SIGKILL')
    const after = connect(await start())
    assert.deepEqual(await after.appendToStream('exact', exact, { expectedRevision: 'no_stream' }), told[0])
    assert.deepEqual(await after.appendToStream('any', any), told[1])
  }).timeout(20_000)

  it('stops cleanly on SIGTERM: what it took is stored, calls end, exit 0', async () => {
    const server = await start()
    const client = connect(server)
    await client.appendToStream('kept', noted(0))
    let error: unknown
    client.subscribeToAll().on('error', (cause) => {
      error = cause
    })
    const appends = Promise.allSettled(Array.from({ length: 200 }, () => client.appendToStream('kept', notes(5))))
    assert.equal(await server.end('SIGTERM'), 0)
    const stored = (await appends).filter(({ status }) => status === 'fulfilled').length
    await until(() => error !== undefined, "the subscription's error")
    assert.match(String(error), /UNAVAILABLE/)
    const again = connect(await start())
    const events = await revisions(again.readStream('kept'))
    assert.equal((events.length - 1) % 5, 0)
    assert.ok(events.length >= 1 + stored * 5)
  }).timeout(20_000)

  it('says in a sentence why it cannot start', async () => {
    const server = await start()
    const other = temporaryDir()
    const sentences: [string[], RegExp][] = [
      [['--data', '/proc/nothing', '--port', '0'], /cannot be used: ENOENT/],
      [['--data', dir.path, '--port', '0'], /is in use by another event store \(process \d+\)/],
      [['--data', other.path, '--port', String(server.port)], /the port is taken/],
      [['--data', fileURLToPath(import.meta.url), '--port', '0'], /cannot be used: E/],
      [['--port', '0'], /say where the events are stored/],
      [['--data', other.path, '--colour', 'red'], /--help/],
    ]
    for (const [args, sentence] of sentences) {
      const { code, stderr } = await runProcess(args)
      assert.equal(code, 1)
      assert.match(stderr, sentence)
    }
    assert.match((await runProcess(['--help'])).stdout, /--data DIR/)
    await server.end('SIGKILL')
    await start()
    other.remove()
  }).timeout(30_000)

  it('rejects appends when the disk is full, keeps serving, and loses nothing', async () => {
    const limited = await startProcess(['--data', dir.path, '--port', '0'], 'ulimit -f 4096')
    servers.push(limited)
    const client = connect(limited)
    const pad = 'x'.repeat(100_000)
    let stored = 0
    const error = await failure(
      (async () => {
        for (let n = 0; n < 100; n++, stored++)
          await client.appendToStream('full', jsonEvent({ type: 'T', data: { n, pad } }))
      })(),
    )
    assert.ok(stored > 5, `${stored} were stored`)
    assert.match(String(error), /the event store cannot write to .* \(\d+ MiB free\): /)
    assert.equal((await collect(client.readStream('full'))).length, stored)
    assert.ok((await failure(client.appendToStream('full', jsonEvent({ type: 'T', data: { pad } })))) instanceof Error)
    await limited.end('SIGTERM')
    const again = connect(await start())
    assert.equal((await collect(again.readStream('full'))).length, stored)
    await again.appendToStream('full', noted(1), { expectedRevision: BigInt(stored - 1) })
  }).timeout(30_000)

  it("serves an event that was altered on disk: telling that is the hash chain's task", async () => {
    const server = await start()
    await connect(server).appendToStream('altered', jsonEvent({ type: 'T', data: { word: 'untouched-original' } }))
    await server.end('SIGTERM')
    const file = join(dir.path, 'data.mdb')
    const bytes = readFileSync(file)
    let found = bytes.indexOf('{"word":"untouched-original"}')
    assert.ok(found > 0)
    // LMDB copies pages on write, so an older copy may lie about: alter each.
    for (; found > 0; found = bytes.indexOf('{"word":"untouched-original"}')) bytes.write('X', found + 9)
    writeFileSync(file, bytes)
    const [event] = await collect(connect(await start()).readStream('altered'))
    assert.deepEqual(event?.event?.data, { word: 'Xntouched-original' })
  }).timeout(20_000)
})
