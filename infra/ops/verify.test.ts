import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messages, uuid } from '../runtime/event-store/testing/sample.ts'
import { type Stores, startStores } from '../runtime/event-store/testing/stores.ts'
import { verify } from '../runtime/event-store/verification.ts'

const program = fileURLToPath(new URL('./verify.ts', import.meta.url))

describe('make verify', function () {
  this.timeout(60_000)
  let stores: Stores

  const run = (url: string, ...options: string[]) => {
    const env = { PATH: process.env.PATH, EVENTSTORE_URL: url }
    return spawnSync(process.execPath, ['--import', 'tsx', program, ...options], { encoding: 'utf8', env })
  }
  const url = () => stores.stack.config.eventStoreUrl
  const streams = Array.from({ length: 40 }, (_, index) => `conversation-${uuid(`stream ${index}`)}`)

  before(async () => {
    stores = await startStores()
    const log = stores.open()
    for (const stream of streams) {
      let prevHash = ''
      for (const turn of [0, 1, 2]) {
        const append = messages({ stream, expected: 2 * turn - 1, prevHash, command: `${stream} ${turn}`, count: 2 })
        prevHash = (await log.append(append)).events[1]?.meta.hash ?? ''
      }
    }
  })
  after(() => stores.stop())

  it('finds an untouched log intact', async () => {
    const { ok, events, streams: seen, faults } = await verify({ url: url() })
    assert.deepEqual({ ok, events, seen, faults }, { ok: true, events: 240, seen: 40, faults: 0 })
  })

  it('ends with 0, and prints a table or one JSON object', () => {
    const table = run(url())
    assert.equal(table.status, 0, table.stderr)
    assert.match(table.stdout, /events +240\n(.|\n)*The log is intact/)
    const json = run(url(), '--json', '--stream', streams[3] ?? '')
    assert.deepEqual([json.status, JSON.parse(json.stdout).events], [0, 6])
  })

  it('ends with 2 and a sentence when there is no event store, or a wrong option', () => {
    const away = run('esdb://127.0.0.1:1?tls=false')
    assert.equal(away.status, 2)
    assert.match(away.stderr, /^The log was not checked\. The event store does not answer/)
    assert.equal(run(url(), '--nonsense').status, 2)
  })

  it('does not call a stream intact that is not there', () => {
    const absent = run(url(), '--stream', 'conversation-nowhere')
    assert.deepEqual([absent.status, absent.stdout], [2, ''])
    assert.match(absent.stderr, /There is no stream conversation-nowhere in the log/)
  })

  it('names the event in which one byte of the data file was changed', async () => {
    const log = stores.open()
    const victim = streams[17] ?? ''
    const events = []
    for await (const event of log.readStream(victim)) events.push(event)
    const target = events[3]
    assert.ok(target)
    await stores.stack.kill('event-store', 'SIGTERM')
    flip(stores.dataDir, (target.data as { messageId: string }).messageId)
    await stores.stack.start('event-store')
    await stores.stack.waitReady('event-store')
    const { status, stdout } = run(url())
    assert.equal(status, 1)
    const named = `MessageSent ${target.id}, revision 3 of ${victim}: its hash does not match its content.`
    assert.ok(stdout.includes(`The log was altered. First: ${named}`), stdout)
    assert.deepEqual((await verify({ url: url(), stream: streams[18] ?? '' })).ok, true)
  })
})

/** Changes one byte of a text that stands in the store's data file, wherever it stands. */
function flip(dataDir: string, text: string): void {
  let flipped = 0
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('data.mdb'))
  for (const name of files) {
    const bytes = readFileSync(join(dataDir, name))
    const file = openSync(join(dataDir, name), 'r+')
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
      writeSync(file, Buffer.from([(bytes[at] ?? 0) ^ 1]), 0, 1, at)
      flipped += 1
    }
    closeSync(file)
  }
  assert.ok(flipped > 0, 'the event is not in the data file')
}
