import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { AccessDeniedError, EventStoreDBClient } from '@eventstore/db-client'
import { type RunningEventStore, startEventStore } from './server.ts'
import { CREDENTIALS, collect, failure, freshStream, noted, notes, testBed } from './testing/client.ts'
import { temporaryDir } from './testing/server-process.ts'

const USERS = { admin: 'changeit', ops: 'changeit', bob: 'secret' }
const BOB = { username: 'bob', password: 'secret' }

describe('a secure server', () => {
  const dir = temporaryDir()
  const cert = join(dir.path, 'cert.pem')
  const clients: EventStoreDBClient[] = []
  let server: RunningEventStore

  const connect = (credentials = '', options = ''): EventStoreDBClient => {
    const url = `esdb://${credentials}localhost:${server.port}?tlsCAFile=${encodeURIComponent(cert)}${options}`
    const client = EventStoreDBClient.connectionString(url)
    clients.push(client)
    return client
  }

  before(async () => {
    const key = join(dir.path, 'key.pem')
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
      stdio: 'pipe',
    })
    server = await startEventStore({
      dataDir: join(dir.path, 'data'),
      tls: { cert: readFileSync(cert), key: readFileSync(key) },
      users: USERS,
      advertise: { host: 'localhost', port: 0 },
    })
  })
  after(async () => {
    await Promise.all(clients.map((client) => client.dispose()))
    await server.stop()
    dir.remove()
  })

  it('serves clients that trust its certificate', async () => {
    const client = connect('admin:changeit@')
    const stream = freshStream()
    await client.appendToStream(stream, notes(3))
    assert.equal((await collect(client.readStream(stream))).length, 3)
    assert.ok((await collect(client.readAll())).length >= 3)
  })

  it('serves no clients that do not', async () => {
    const client = EventStoreDBClient.connectionString(`esdb://localhost:${server.port}`)
    clients.push(client)
    assert.match(String(await failure(client.appendToStream(freshStream(), noted(1)))), /UNAVAILABLE.*self-signed/)
  })

  it('answers /ping over HTTPS', async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { host: 'localhost', port: server.port, path: '/ping', ca: readFileSync(cert) }
      request(options, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end()
    })
    assert.equal(status, 200)
  })

  for (const wrong of ['admin:wrong', 'nobody:changeit', 'admin:']) {
    it(`refuses the credentials ${wrong}`, async () => {
      const [username = '', password = ''] = wrong.split(':')
      const client = connect(password === '' ? '' : `${wrong}@`)
      const credentials = { username, password }
      for (const options of password === '' ? [{ credentials }] : [{}, { credentials }]) {
        assert.ok((await failure(client.appendToStream(freshStream(), noted(1), options))) instanceof AccessDeniedError)
      }
      const reading = client.readStream('any', { credentials })
      assert.ok((await failure(collect(reading))) instanceof AccessDeniedError)
      assert.ok((await failure(client.deleteStream('any', { credentials }))) instanceof AccessDeniedError)
    })
  }

  it('lets credentials of a call override those of the connection', async () => {
    const client = connect('admin:wrong@')
    assert.ok(await client.appendToStream(freshStream(), noted(1), { credentials: CREDENTIALS }))
    const error = await failure(
      connect('admin:changeit@').appendToStream(freshStream(), noted(1), { credentials: { ...BOB, password: '' } }),
    )
    assert.ok(error instanceof AccessDeniedError)
  })

  it('keeps system streams and $all for administrators', async () => {
    const bob = connect('bob:secret@')
    for (const attempt of [
      () => bob.appendToStream('$settings-x', noted(1)),
      () => bob.appendToStream('$settings-x', noted(1), { credentials: BOB }),
      () => collect(bob.readAll()),
      () => collect(connect().readAll()),
      () => collect(bob.readStream('$users')),
    ]) {
      assert.ok((await failure(attempt())) instanceof AccessDeniedError, String(attempt))
    }
    await connect().appendToStream(freshStream(), noted(1))
    await bob.appendToStream('$settings-x', noted(1), { credentials: CREDENTIALS })
  })

  it("enforces a stream's access list", async () => {
    const admin = connect('admin:changeit@')
    const bob = connect('bob:secret@')
    const stream = freshStream()
    const only = ['$admins']
    const acl = { readRoles: only, writeRoles: only, deleteRoles: only, metaReadRoles: only, metaWriteRoles: only }
    await admin.setStreamMetadata(stream, { acl })
    await admin.appendToStream(stream, noted(1))
    const attempts = [
      () => bob.appendToStream(stream, noted(2)),
      () => bob.appendToStream(stream, noted(2), { credentials: BOB }),
      () => collect(bob.readStream(stream)),
      () => bob.deleteStream(stream),
      () => bob.tombstoneStream(stream),
      () => bob.getStreamMetadata(stream),
      () => bob.setStreamMetadata(stream, {}),
    ]
    for (const attempt of attempts) assert.ok((await failure(attempt())) instanceof AccessDeniedError, String(attempt))
    const refused = new Promise((resolve) => bob.subscribeToStream(stream).on('error', resolve))
    assert.ok((await refused) instanceof AccessDeniedError)
    await admin.setStreamMetadata(stream, { acl: { ...acl, readRoles: ['bob'], writeRoles: ['bob'] } })
    await bob.appendToStream(stream, noted(2))
    assert.equal((await collect(bob.readStream(stream))).length, 2)
  })
})

describe('a server in plain text', () => {
  it('asks clients for nothing, and requires credentials when told to', async () => {
    const bed = await testBed({ users: USERS })
    await bed.client.appendToStream('$system', noted(1), { credentials: CREDENTIALS })
    assert.equal((await collect(bed.client.readAll())).length, 1)
    await bed.close()
    const strict = await testBed({ users: USERS, requireCredentials: true })
    assert.ok((await failure(strict.client.appendToStream('x', noted(1)))) instanceof AccessDeniedError)
    await strict.close()
  })
})
