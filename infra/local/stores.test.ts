import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { identify } from './process/identity.ts'
import { type Stack, startStack } from './stack.ts'
import { eventually } from './testing/eventually.ts'

const ROWS = 'SELECT n FROM mine.rows'

describe('the embedded stores', () => {
  let stack: Stack
  let asOwner: (sql: string) => Promise<unknown[]>
  let asReader: (sql: string) => Promise<unknown[]>

  before(async () => {
    stack = await startStack({ ports: 'free', only: ['postgres', 'redis'] })
    asOwner = (sql) => query(stack.config.databaseUrl, sql)
    asReader = (sql) => query(stack.config.readDatabaseUrl, sql)
  })
  after(() => stack.stop())

  describe('Postgres', () => {
    it('never runs as root', () => {
      const { stdout } = spawnSync('ps', ['-o', 'uid=', '-p', String(stack.pid('postgres'))], { encoding: 'utf8' })
      assert.match(stdout.trim(), /^[1-9]\d*$/)
    })

    it('gives the owner a database in UTF-8, with the right to create schemas', async () => {
      await asOwner('CREATE SCHEMA mine; CREATE TABLE mine.rows (n int); INSERT INTO mine.rows VALUES (7)')
      const facts = await asOwner(`SELECT current_user AS who, current_setting('server_encoding') AS encoding`)
      assert.deepEqual(facts, [{ who: 'parley', encoding: 'UTF8' }])
    })

    it('lets the reader read what it is granted, and write nothing', async () => {
      await assert.rejects(asReader(ROWS), /permission denied/)
      await asOwner('GRANT USAGE ON SCHEMA mine TO parley_read; GRANT ALL ON mine.rows TO parley_read')
      assert.deepEqual(await asReader(ROWS), [{ n: 7 }])
      await assert.rejects(asReader('INSERT INTO mine.rows VALUES (8)'), /read-only transaction/)
    })

    it('lets nobody in with a wrong password', async () => {
      const wrong = stack.config.databaseUrl.replace(':parley@', ':wrong@')
      await assert.rejects(query(wrong, 'SELECT 1'), /password authentication failed/)
    })

    it('comes back after kill -9 with what was committed, although a backend lives on', async () => {
      const cut = assert.rejects(asOwner('SELECT count(*) FROM generate_series(1, 1000000000000) AS busy'))
      const backend = await eventually(busyBackend)
      await stack.kill('postgres', 'SIGKILL')
      assert.ok(identify(backend), 'the backend outlives its postmaster')
      await stack.start('postgres')
      await stack.waitReady('postgres')
      await cut
      assert.equal(identify(backend), undefined)
      assert.deepEqual(await asOwner(ROWS), [{ n: 7 }])
    })

    it('comes back after kill -9 of one of its backends', async () => {
      const cut = assert.rejects(asOwner('SELECT count(*) FROM generate_series(1, 1000000000000) AS busy'))
      process.kill(await eventually(busyBackend), 'SIGKILL')
      await cut
      assert.deepEqual(await eventually(() => asOwner(ROWS)), [{ n: 7 }])
    })

    async function busyBackend(): Promise<number> {
      const found = await asOwner(`SELECT pid FROM pg_stat_activity WHERE query LIKE '%AS busy' AND state = 'active'`)
      const [pid] = found.map((row) => Number(Object(row).pid))
      assert.ok(pid)
      return pid
    }
  })

  describe('Redis', () => {
    it('comes back after kill -9', async () => {
      const before = stack.pid('redis')
      await stack.kill('redis', 'SIGKILL')
      await stack.start('redis')
      await stack.waitReady('redis')
      assert.notEqual(stack.pid('redis'), before)
    })

    it('listens on the loopback alone', async () => {
      const answer = await redis('CONFIG GET bind')
      assert.match(answer, /\r\n127\.0\.0\.1\r\n$/)
    })

    function redis(command: string): Promise<string> {
      const socket = connect(stack.config.redisPort, '127.0.0.1', () => socket.write(`${command}\r\n`))
      return new Promise((resolve, reject) => {
        socket.on('error', reject)
        socket.once('data', (bytes) => {
          socket.destroy()
          resolve(bytes.toString())
        })
      })
    }
  })
})

describe('Postgres in a folder that its user cannot enter', () => {
  it('keeps its data where it can, with a link to it, and finds it again', async function () {
    if (process.getuid?.() !== 0) return this.skip()
    const closed = mkdtempSync(join(tmpdir(), 'parley-closed-'))
    const dataDir = join(closed, 'data')
    mkdirSync(dataDir)
    for (const sql of ['CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)', 'INSERT INTO kept VALUES (2)']) {
      const stack = await startStack({ dataDir, ports: 'free', only: ['postgres'] })
      await query(stack.config.databaseUrl, sql)
      const rows = await query(stack.config.databaseUrl, 'SELECT n FROM kept ORDER BY n')
      await stack.stop()
      assert.equal(Object(rows.at(-1)).n, rows.length)
    }
    assert.notEqual(statSync(join(dataDir, 'postgres')).uid, 0)
    rmSync(realpathSync(join(dataDir, 'postgres')), { recursive: true })
    rmSync(closed, { recursive: true })
  })
})

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  // A killed server breaks the connection besides failing the query; the query says it to the test.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}
