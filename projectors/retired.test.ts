import assert from 'node:assert/strict'
import { eventually } from '../infra/local/testing/eventually.ts'
import { listParked } from './quarantine.ts'
import { rebuild, rollback } from './rebuild.ts'
import { openRegistry, type Registry } from './registry.ts'
import { projections } from './screens.ts'
import { type Arena, openArena } from './testing/arena.ts'
import { type History, historyOf, uuid } from './testing/history.ts'
import { Unrunnable } from './unrunnable.ts'

const talk = (seed: string, words: readonly string[]): History =>
  historyOf({
    seed,
    workspace: 0,
    startedBy: 'visitor',
    steps: words.map((text) => ({ afterMs: 1000, step: { do: 'message', by: 'visitor', words: text } })),
  })

/** The conversation of a talk, erased at its end, some time later. */
function erased(seed: string, words: readonly string[]): History {
  const { events, ...rest } = talk(seed, words)
  const data = { contactId: uuid(seed, 'contact') }
  const at = '2026-03-29T20:00:00.000Z'
  return { ...rest, events: [...events, { event: { type: 'ConversationErased', data }, at }] }
}

const holdingWords = ['inbox', 'messages']

describe('generations that serve no more', () => {
  let arena: Arena
  let registry: Registry

  before(async () => {
    arena = await openArena()
    registry = await openRegistry(arena.sql, new URL(arena.stack.config.readDatabaseUrl).username)
  })
  after(() => arena.stop())

  const options = () => ({
    config: { ...arena.stack.config, projectorShards: 1 },
    log: arena.log,
    projections,
    signal: new AbortController().signal,
  })
  const statesOf = async (name: string) => {
    const projection = projections.find((one) => one.name === name)
    assert.ok(projection)
    return (await registry.generations(projection)).map(({ state }) => state)
  }
  const dumpOf = async (seed: string) => {
    const id = uuid(seed, 'conversation')
    const rows = await arena.sql.query(
      'select content from read.messages where conversation_id = $1 union all select metadata::text from read.conversations where id = $1',
      [id],
    )
    return JSON.stringify(rows)
  }

  it('are dropped where they hold words when the projection meets an erasure, and cannot be gone back to', async () => {
    const running = arena.run()
    await arena.passed(await arena.append(talk('before', ['Geheimnis'])))
    await rebuild(options())
    for (const { name } of projections) assert.deepEqual((await statesOf(name)).sort(), ['serving', 'standby'], name)
    await arena.passed(await arena.append(erased('before', ['Geheimnis']), talk('before', ['Geheimnis']).events.length))
    for (const name of holdingWords) assert.deepEqual(await statesOf(name), ['serving'], name)
    assert.deepEqual((await statesOf('statistics')).sort(), ['serving', 'standby'], 'figures hold no words')
    const schemas = await arena.sql.query<{ n: number }>(
      `select count(*) as n from pg_namespace where nspname like 'messages_g%' or nspname like 'inbox_g%'`,
    )
    assert.deepEqual(schemas, [{ n: holdingWords.length }])
    const refused = (error: Error) =>
      error instanceof Unrunnable && /a contact was erased since.*make rebuild/.test(error.message)
    await assert.rejects(rollback(options()), refused)
    assert.doesNotMatch(await dumpOf('before'), /Geheimnis/)
    const sums = await arena.checksums()
    await rebuild(options())
    assert.deepEqual(await arena.checksums(), sums)
    await running.stop()
  })

  it('are dropped by whoever runs next, when a rebuild has met the erasure before they did', async () => {
    for (const name of holdingWords) assert.deepEqual((await statesOf(name)).sort(), ['serving', 'standby'], name)
    await arena.append(erased('meanwhile', ['Geheimnis']))
    await rebuild(options())
    const running = arena.run()
    await arena.append(talk('next', ['Hello']))
    await eventually(async () => {
      for (const name of holdingWords) assert.deepEqual(await statesOf(name), ['serving'], name)
    })
    await running.stop()
  })

  it('does not wait with the words of a parked conversation for somebody to release it', async () => {
    const running = arena.run()
    const poison = talk('poison', ['Geheimnis', 'two\u0000'])
    await arena.passed(await arena.append(poison))
    assert.match(await dumpOf('poison'), /Geheimnis/)
    await arena.passed(await arena.append(erased('poison', ['Geheimnis', 'two\u0000']), poison.events.length))
    const parked = (await listParked(arena.sql)).filter(({ stream }) => stream === poison.stream)
    assert.deepEqual(
      parked.map(({ projection, events }) => [projection, events]),
      [['messages', 2]],
    )
    assert.doesNotMatch(await dumpOf('poison'), /Geheimnis/)
    await arena.passed(await arena.append(erased('at once', ['Geheimnis', 'two\u0000'])))
    assert.doesNotMatch(await dumpOf('at once'), /Geheimnis/)
    await running.stop()
  })
})
