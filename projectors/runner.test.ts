import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createReadDatabase, type Database } from '../infra/runtime/postgres.ts'
import type { LogPosition } from '../schemas/envelope.ts'
import { run } from '../test/command.ts'
import { Fenced } from './checkpoint.ts'
import { createGauges } from './gauges.ts'
import { schemaOf } from './generation.ts'
import { lags } from './lag.ts'
import { release } from './parole.ts'
import { listParked } from './quarantine.ts'
import { rebuild, rollback } from './rebuild.ts'
import { openRegistry, type Registry } from './registry.ts'
import { projections } from './screens.ts'
import { type Arena, openArena } from './testing/arena.ts'
import { bulk, type History, historyOf, type Plot } from './testing/history.ts'
import { Unrunnable } from './unrunnable.ts'

const talk = (seed: string, words: readonly string[]): History => {
  const steps: Plot['steps'] = words.map((text) => ({
    afterMs: 1000,
    step: { do: 'message', by: 'visitor', words: text },
  }))
  return historyOf({ seed, workspace: 0, startedBy: 'visitor', steps })
}

describe('the runner', () => {
  let arena: Arena
  let registry: Registry
  let database: Database

  before(async () => {
    arena = await openArena()
    registry = await openRegistry(arena.sql, new URL(arena.stack.config.readDatabaseUrl).username)
    database = createReadDatabase(arena.stack.config, { name: 'test reader' })
  })
  after(async () => {
    await database.destroy()
    await arena.stop()
  })

  const options = (projectorShards = 1) => ({
    config: { ...arena.stack.config, projectorShards },
    log: arena.log,
    projections,
    signal: new AbortController().signal,
  })
  const messagesOf = async ({ stream }: History) => {
    const id = stream.slice('conversation-'.length)
    const rows = await database('read.messages').where('conversation_id', id).orderBy('revision').select('content')
    return rows.map(({ content }) => content)
  }

  it('parks the stream of a poison event alone, retries it and discards it', async () => {
    const { registry: metrics } = createMetrics('test')
    const running = arena.run({ events: createGauges(metrics).events })
    await arena.passed(await arena.append(talk('before', ['Hello'])))
    const poison = talk('poison', ['one', 'two\u0000', 'three'])
    await arena.append(poison)
    const after = talk('after', ['Hello'])
    await arena.passed(await arena.append(after))
    assert.deepEqual(await messagesOf(after), ['Hello'])
    assert.deepEqual(await messagesOf(poison), ['one'])
    const longer: History = talk('poison', ['one', 'two\u0000', 'three', 'four'])
    await arena.passed(await arena.append(longer, poison.events.length))

    const [parked, ...others] = await listParked(arena.sql)
    assert.ok(parked !== undefined && others.length === 0)
    assert.deepEqual(
      [parked.projection, parked.stream, parked.revision, parked.lastRevision, parked.events, parked.type],
      ['messages', poison.stream, 2, 4, 3, 'MessageSent'],
    )
    assert.match(await metrics.metrics(), /projection_poison_events_total\{projection="messages",shard="0"[^}]*\} 1/)

    const [messages] = running.runner.lanes().filter(({ name }) => name === 'messages')
    assert.ok(messages !== undefined)
    const give = (giveUp: boolean) => release(arena.sql, arena.log, messages.generation, parked, { giveUp })
    assert.equal((await give(false)).kind, 'parked')
    assert.deepEqual(await give(true), { kind: 'released', events: 2 })
    assert.deepEqual(await messagesOf(poison), ['one', 'three', 'four'])
    assert.deepEqual(await listParked(arena.sql), [])
    const longest: History = talk('poison', ['one', 'two\u0000', 'three', 'four', 'five'])
    await arena.passed(await arena.append(longest, longer.events.length))
    assert.deepEqual(await messagesOf(poison), ['one', 'three', 'four', 'five'])
    await running.stop()
  })

  it('applies what was parked once its cause is gone', async () => {
    const [inbox] = projections.filter(({ name }) => name === 'inbox')
    const serving = inbox && (await registry.serving(inbox))
    assert.ok(serving !== undefined)
    const name = `${schemaOf(serving)}.conversations`
    await arena.sql.query(`alter table ${name} add constraint grumpy check (visitor_id <> 'visitor-cured')`)
    const running = arena.run()
    const all = [...bulk(20, 5, 'crowd'), talk('cured', ['Hello', 'again']), ...bulk(20, 5, 'mob')]
    await arena.passed(await arena.appendAll(all))
    const parked = await listParked(arena.sql)
    assert.deepEqual(
      parked.map(({ stream, revision, events }) => [stream, revision, events]),
      [[talk('cured', []).stream, 0, 3]],
    )
    await arena.sql.query(`alter table ${name} drop constraint grumpy`)
    for (const one of parked) {
      assert.deepEqual(await release(arena.sql, arena.log, serving, one, { giveUp: false }), {
        kind: 'released',
        events: 3,
      })
    }
    const found = await database('read.conversations').where('visitor_id', 'visitor-cured')
    assert.equal(found.length, 1)
    await running.stop()
  })

  it('ends the older of two runners of one shard', async () => {
    const first = arena.run()
    await arena.passed(await arena.append(talk('calm', ['Hello'])))
    const second = arena.run()
    await eventually(() => assert.equal(second.runner.lanes().length, projections.length))
    const ended = assert.rejects(first.done, Fenced)
    const position = await arena.append(talk('disputed', ['Hello']))
    await ended
    await arena.passed(position)
    assert.deepEqual(await messagesOf(talk('disputed', [])), ['Hello'])
    await second.stop()
  })

  it('survives a Postgres that is killed in the middle, and applies nothing twice', async () => {
    const running = arena.run({ maxBatch: 50 })
    const histories = bulk(120, 8, 'crash')
    const writing = (async () => {
      let last: LogPosition | undefined
      for (const history of histories) last = await arena.append(history).catch(() => last)
      return last
    })()
    await arena.stack.kill('postgres')
    await arena.stack.start('postgres')
    await arena.stack.waitReady('postgres')
    await writing
    await arena.reconnect()
    const end = await arena.append(talk('end', ['Hello']))
    await arena.passed(end)
    const before = await arena.checksums()
    await rebuild(options())
    assert.deepEqual(await arena.checksums(), before)
    await running.stop()
  })

  it('rebuilds and rolls back while a client reads and writes, without a failed or partial read', async () => {
    const running = arena.run()
    await arena.passed(await arena.append(talk('settled', ['Hello'])))
    let reading = true
    let reads = 0
    const reader = (async () => {
      let seen = 0
      while (reading) {
        const { rows } = await database.raw(
          `select (select count(*) from read.messages)::int as messages,
             (select sum(messages) from read.threads)::int as counted`,
        )
        assert.equal(rows[0].messages, rows[0].counted)
        assert.ok(rows[0].messages >= seen, 'something that was there is missing')
        seen = rows[0].messages
        reads++
        await setTimeout(2)
      }
    })()
    const writer = (async () => {
      for (let n = 0; reading; n++) {
        await arena.append(talk(`during-${n}`, ['a', 'b']))
        await setTimeout(10)
      }
    })()
    for (const action of [rebuild, rebuild, rollback]) {
      const swapped = await action(options())
      assert.equal(swapped.length, projections.length)
    }
    await rollback(options())
    reading = false
    await Promise.all([reader, writer])
    assert.ok(reads > 10)
    await arena.passed(await arena.append(talk('quiet', ['Hello'])))
    // There and back while nothing happens: the runner hears of it afterwards.
    await rollback(options())
    await rollback(options())
    await arena.passed(await arena.append(talk('loud', ['Hello'])))
    const before = await arena.checksums()
    await rebuild(options())
    assert.deepEqual(await arena.checksums(), before)
    for (const projection of projections) {
      const states = (await registry.generations(projection)).map(({ state }) => state).sort()
      assert.deepEqual(states, ['serving', 'standby'])
    }
    await running.stop()
  })

  it('gives the same tables in four shards, and refuses a process that counts otherwise', async () => {
    const before = await arena.checksums()
    await rebuild(options(4))
    assert.deepEqual(await arena.checksums(), before)
    await assert.rejects(arena.run().done, Unrunnable)
    const running = [0, 1, 2, 3].map((shard) => arena.run({ shard, shards: 4 }))
    await arena.passed(await arena.appendAll(bulk(40, 6, 'sharded')))
    const sharded = await arena.checksums()
    const found = await lags(arena.sql, arena.log, registry, projections)
    assert.equal(found.length, 4 * projections.length)
    assert.ok(found.every(({ positions, seconds }) => positions === 0 && seconds === 0))
    await Promise.all(running.map((one) => one.stop()))
    await assert.rejects(rollback(options(4)), Unrunnable)
    await rebuild(options(1))
    assert.deepEqual(await arena.checksums(), sharded)
  })

  it('is looked after from the command line', async () => {
    const cli = (...args: string[]) => run(arena.stack, 'projectors/cli.js', ...args)
    const before = await arena.checksums()
    const report = JSON.parse(await cli('rebuild', 'all', '--json'))
    assert.deepEqual(
      report.projections.map(({ equal }: { equal: unknown }) => equal),
      projections.map(() => true),
    )
    assert.match(await cli('rollback', 'inbox'), /inbox: generation \d+ .* -> generation \d+ .*: equal/)
    assert.deepEqual(await arena.checksums(), before)
    assert.equal(JSON.parse(await cli('lag', '--json')).length, projections.length)
    assert.match(await cli('quarantine'), /messages +\d+ +conversation-.*invalid byte|Nothing/)
    await assert.rejects(cli('rebuild', 'nothing'), /Say which projection/)
  })

  it('fills the tables of a new release while the old ones serve', async () => {
    const next = projections.map((one) => (one.name === 'inbox' ? { ...one, version: one.version + 1 } : one))
    const before = await arena.checksums()
    const old = arena.run()
    await arena.passed(await arena.append(talk('old release', ['Hello'])))
    // It either meets the new version's tables, or finds another table taken over by the new release: whichever comes first.
    const ended = assert.rejects(old.done, (error) => error instanceof Unrunnable || error instanceof Fenced)
    const upgraded = arena.run({ projections: next })
    await eventually(() => assert.equal(upgraded.runner.lanes().length, next.length))
    await arena.passed(await arena.append(talk('new release', ['Hello'])))
    await ended
    const [inbox] = next.filter(({ name }) => name === 'inbox')
    const serving = inbox && (await registry.serving(inbox))
    assert.equal(serving?.version, inbox?.version)
    assert.notDeepEqual(await arena.checksums(), before)
    await upgraded.stop()
  })
})
