import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { type Serving, serve } from '../infra/runtime/http/server.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createReadDatabase, type Database } from '../infra/runtime/postgres.ts'
import { type Arena, openArena } from '../projectors/testing/arena.ts'
import { type Step, uuid } from '../projectors/testing/history.ts'
import type { Conversation } from '../schemas/conversation/resource.ts'
import { type Call, callerOf } from '../test/call.ts'
import { conversationBindings } from './http/conversations.ts'
import { messageBindings } from './http/messages.ts'
import { conversationById } from './inbox/inbox.query.ts'
import { placeOf } from './inbox/order.ts'
import { searchPage } from './inbox/search.query.ts'
import { wantedOf } from './page.ts'
import { createPositions } from './positions.ts'
import { createReader, type Reader } from './reader.ts'
import { type Asked, compare, filterOf, found, inOrder, knownOf } from './testing/naive.ts'
import { type Made, madeUp } from './testing/people.ts'

const workspaceId = uuid('workspace', 0)
const words = ['invoice', 'Ünïted', "can't", 'late', '42', 'a-1', 'REFUND', 'the']
const names = [null, 'Ada King', 'Grace Hopper', 'Adam Late', 'Zoë Ünïted']

/** Sixty conversations of every kind, the same in every run. */
const made: Made[] = Array.from({ length: 60 }, (_, n) => {
  const pick = <T>(choices: readonly T[], salt: number) => choices[(n * 7 + salt * 3 + (n >> 2)) % choices.length] as T
  const say = (by: 'visitor' | 'agent', salt: number): Step => ({
    do: 'message',
    by,
    words: [pick(words, salt), pick(words, salt + 2), pick(words, salt + 5)].join(salt % 2 === 0 ? ' ' : ', '),
  })
  const steps: Step[] = [
    say('visitor', 1),
    ...(n % 3 === 0 ? [] : [{ do: 'assign' as const }]),
    ...(n % 4 === 0 ? [say('agent', 2)] : []),
    ...(n % 2 === 0 ? [{ do: 'tag' as const, tag: pick(['vip', 'billing', 'a "b", {c}'], 1) }] : []),
    ...(n % 6 === 0 ? [{ do: 'tag' as const, tag: 'vip' }] : []),
    ...(n % 7 === 0 ? [{ do: 'note' as const }] : []),
    ...(n % 5 < 2 ? [{ do: 'close' as const }] : n % 5 === 2 ? [{ do: 'park' as const }] : []),
    ...(n % 10 === 0 ? [say('visitor', 4)] : []),
  ]
  const name = pick(names, 2)
  return {
    seed: `${n % 2 === 0 ? 'even' : 'odd'}-${n}`,
    channel: n % 3 === 1 ? pick(['site', 'whatsapp'] as const, 1) : 'widget',
    source: n % 2,
    name,
    email: name === null ? null : `${n}.mail@example.com`,
    // Some at the same instant.
    startedAt: Math.floor(n / 2) * 3_600_000,
    steps: steps.map((step, index) => ({ step, afterMs: index * 1000 })),
  }
})

describe('lists of conversations', () => {
  let arena: Arena
  let database: Database
  let reader: Reader
  let server: Serving
  let call: Call
  let agent: string
  let key: string
  const reads: string[] = []
  const known = made.map(knownOf)
  const rows = known.map(({ row }) => row)

  before(async () => {
    arena = await openArena()
    const { config } = arena.stack
    database = createReadDatabase(config, { name: 'test' })
    reader = createReader(database)
    const tokens = createInternalTokens(config.internalSecret)
    const sources = { reader, positions: createPositions(reader, 400), log: arena.log, now: () => new Date() }
    const recordRead = async (_: unknown, id: string) => {
      reads.push(id)
      const found = await conversationById(reader, id)
      return found && { conversation: { ...found.conversation, unreadCount: 0 }, position: undefined }
    }
    server = await serve({
      name: 'query-api',
      config,
      logger: arena.logger,
      metrics: createMetrics('query-api'),
      host: '127.0.0.1',
      port: 0,
      tokens,
      bindings: [...conversationBindings(sources, recordRead), ...messageBindings(sources)],
      ready: async () => undefined,
    })
    call = callerOf(`http://127.0.0.1:${server.port}`)
    const email = 'a@demo.test'
    agent = await tokens.issue({ kind: 'agent', id: uuid('agent', 1), workspaceId, role: 'agent', email })
    key = await tokens.issue({ kind: 'apiKey', id: 'key', workspaceId, scopes: ['read'] })
    arena.run()
    await arena.passed(await arena.appendAll(made.flatMap(madeUp)))
  })
  after(async () => {
    await server.stop()
    await database.destroy()
    await arena.stop()
  })

  const list = async (query: Asked, token = agent) => {
    const given = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined)
    const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
    const { status, body } = await call('GET', `/api/conversations?${text}`, { token })
    assert.equal(status, 200, JSON.stringify([query, body]))
    return pageOf(body)
  }
  const ids = (page: Page) => page.data.map(({ id }) => id)

  it('gives by any filters what a naive filter over the fold gives, page by page and by cursor', async () => {
    const some = <T>(...choices: T[]) => fc.option(fc.constantFrom(...choices), { nil: undefined })
    const query = fc.record({
      status: some('open', 'pending', 'closed'),
      channel_type: some('widget', 'site', 'whatsapp', 'api'),
      tag: some('vip', 'billing', 'a "b", {c}', 'none'),
      assignee: some('me', 'unassigned', uuid('agent', 0), uuid('agent', 7)),
      agentId: fc.option(fc.constant(uuid('agent', 1).toUpperCase()), { nil: undefined, freq: 6 }),
      widgetId: fc.option(fc.constantFrom(uuid('widget', 0), uuid('widget', 1)), { nil: undefined, freq: 3 }),
      channelId: fc.option(fc.constantFrom(uuid('site', 0), uuid('widget', 1)), { nil: undefined, freq: 5 }),
      limit: fc.integer({ min: 1, max: 25 }),
    })
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        const expected = inOrder(rows.filter(filterOf(asked)))
        const first = await list(asked)
        assert.deepEqual([first.total, first.totalIsExact], [expected.length, true])
        assert.deepEqual(ids(first), expected.slice(0, asked.limit))
        const second = await list({ ...asked, page: 2 })
        assert.deepEqual(ids(second), expected.slice(asked.limit, 2 * asked.limit))
        assert.deepEqual(await followed(asked), expected)
      }),
      { numRuns: 60 },
    )
  })

  async function followed(query: Asked): Promise<string[]> {
    const found: string[] = []
    for (let cursor: string | null | undefined = ''; cursor !== null; ) {
      const page: Page = await list(cursor === '' ? query : { ...query, cursor })
      found.push(...ids(page))
      cursor = page.nextCursor
    }
    return found
  }

  it('finds by visitor id, contact and words what a naive search finds', async () => {
    const sought = fc.oneof(
      fc
        .array(fc.constantFrom(...words, 'united', 'cant', 'note', 'nobody'), { minLength: 1, maxLength: 3 })
        .map((some) => some.join(' ')),
      fc.constantFrom(
        'visitor-even',
        'visitor-odd-3',
        'VISITOR',
        'ad',
        'ada ki',
        'zoe',
        'mail@ex',
        '12.mail',
        'late',
        'x',
        '% _',
        '-',
      ),
    )
    const filter = fc.record({
      status: fc.constantFrom(undefined, undefined, 'closed'),
      tag: fc.constantFrom(undefined, undefined, 'vip'),
      limit: fc.integer({ min: 3, max: 30 }),
    })
    const bounds = fc.record({
      gathered: fc.constantFrom(0, 4, 10_000),
      contacts: fc.constantFrom(0, 4, 50_000),
      few: fc.integer({ min: 1, max: 6 }),
      many: fc.integer({ min: 7, max: 80 }),
    })
    await fc.assert(
      fc.asyncProperty(sought, filter, bounds, async (search, { limit, ...asked }, bound) => {
        const expected = inOrder(
          known
            .filter(found(search))
            .map(({ row }) => row)
            .filter(filterOf(asked)),
        )
        const page = await list({ search, limit, ...asked })
        assert.deepEqual([page.total, page.totalIsExact], [expected.length, true], search)
        assert.deepEqual(ids(page), expected.slice(0, limit), search)
        assert.deepEqual(await followed({ search, limit, ...asked }), expected, search)
        // However little may be read at a time, the pages together are the whole.
        const statuses = asked.status === undefined ? (['open', 'pending', 'closed'] as const) : (['closed'] as const)
        const all: string[] = []
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const wanted = wantedOf({ limit, cursor }, 20, placeOf('activity'))
          const listing = { filter: { workspaceId, statuses, tag: asked.tag }, sort: 'activity' as const, wanted }
          const part = await searchPage(reader, search, listing, bound)
          assert.ok(!part.totalIsExact || part.total === expected.length, search)
          all.push(...part.data.map(({ id }) => id))
          cursor = part.nextCursor ?? null
        }
        assert.deepEqual(all, expected, search)
      }),
      { numRuns: 60 },
    )
  })

  it('takes any text to search for', async () => {
    const texts = [
      "'; drop table x; --",
      '\\',
      '\\%',
      '{}',
      '{"a",NULL}',
      '🙂',
      '日本語',
      'x'.repeat(200),
      '"',
      ':*',
      '  ',
    ]
    for (const search of texts) assert.deepEqual(ids(await list({ search })), [], search)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), async (search) => {
        const { status } = await call('GET', `/api/conversations?search=${encodeURIComponent(wellFormed(search))}`, {
          token: agent,
        })
        assert.ok(status === 200 || status === 400, `${status} for ${JSON.stringify(search)}`)
      }),
      { numRuns: 50 },
    )
  })

  it('shows who waits, longest first', async () => {
    const waiting = rows.filter(({ status, assignedAgentId }) => status !== 'closed' && assignedAgentId === null)
    waiting.sort((a, b) => compare([a.openedAt, a.id], [b.openedAt, b.id]))
    const expected = waiting.map(({ id }) => id)
    assert.ok(expected.length > 5)
    const query = { assignee: 'unassigned', sort: 'waiting', limit: 4 }
    assert.deepEqual(await followed(query), expected)
    assert.equal((await list(query)).total, expected.length)
    const { nextCursor } = await list(query)
    for (const wrong of [
      'sort=waiting',
      'sort=waiting&assignee=me',
      'assignee=nobody',
      'channel_type=pigeon',
      `assignee=unassigned&cursor=${nextCursor}`,
    ]) {
      assert.equal((await call('GET', `/api/conversations?${wrong}`, { token: agent })).status, 400, wrong)
    }
    assert.equal((await call('GET', '/api/conversations?assignee=me', { token: key })).status, 400)
  })

  it('adds contacts when it is asked to', async () => {
    const { data } = await list({ expand: 'contact', limit: 100 })
    for (const { id, contact } of data) {
      const one = known.find(({ row }) => row.id === id)
      assert.deepEqual(contact, {
        id: one?.row.contactId,
        name: one?.name,
        email: one?.email,
        visitorId: one?.row.visitorId,
      })
    }
    const [first] = (await list({ limit: 1 })).data
    assert.equal(first !== undefined && 'contact' in first, false)
    const one = await call('GET', `/api/conversations/${first?.id}?expand=contact`, { token: key })
    assert.deepEqual(one.body.contact, data[0]?.contact)
  })

  it('records a read when an agent looks at what is unread, and for nobody else', async () => {
    const unread = rows.find(({ unreadCount }) => unreadCount > 0)
    assert.ok(unread !== undefined)
    const look = (query: string, token?: string) => call('GET', `/api/conversations/${unread.id}${query}`, { token })
    for (const [query, token] of [
      ['', key],
      ['', undefined],
      ['?at=0', agent],
    ] as const) {
      assert.ok([200, 404].includes((await look(query, token)).status))
    }
    assert.deepEqual(reads, [])
    const { status, body } = await look('', agent)
    assert.deepEqual([status, body.unreadCount, body.id], [200, 0, unread.id])
    assert.deepEqual(reads, [unread.id])
  })

  it('reads messages from the end, and after a time or a message', async () => {
    const steps = Array.from({ length: 9 }, (_, n) => ({
      // Two at one instant.
      afterMs: n === 7 ? 0 : 1000,
      step: { do: 'message', by: 'visitor', words: `message ${n}` } as const,
    }))
    const [, history] = madeUp({ ...(made[0] as Made), seed: 'thread', steps })
    assert.ok(history !== undefined)
    await arena.passed(await arena.append(history))
    const path = `/api/conversations/${history.stream.slice('conversation-'.length)}/messages`
    const ask = (query: string) => call('GET', `${path}?${query}`, { token: agent })
    const said = async (query: string) => {
      const { status, body } = await ask(query)
      assert.equal(status, 200, JSON.stringify(body))
      const data = body.data as { id: string; content: string; createdAt: string }[]
      const { total, nextCursor } = body
      return { data, total, nextCursor, texts: data.map(({ content }) => content.slice(-1)).join('') }
    }
    const { data: all } = await said('')
    assert.equal(all[6]?.createdAt, all[7]?.createdAt)
    for (const at of ['', '&at=99999']) {
      const last = await said(`order=desc&limit=4${at}`)
      assert.deepEqual([last.texts, last.total], ['8765', 9])
      assert.equal((await said(`order=desc&limit=4&cursor=${last.nextCursor}${at}`)).texts, '4321')
      assert.equal((await ask(`limit=4&cursor=${last.nextCursor}${at}`)).status, 400)
      const after = await said(`since=${all[6]?.createdAt}${at}`)
      assert.deepEqual([after.texts, after.total], ['8', 1])
      assert.equal((await said(`since=${all[6]?.id.toUpperCase()}${at}`)).texts, '78')
      assert.equal((await said(`since=${all[3]?.id}&order=desc&limit=2${at}`)).texts, '87')
      for (const wrong of ['soon', uuid('no message')]) assert.equal((await ask(`since=${wrong}${at}`)).status, 400)
    }
  })

  it('forgets the words of a conversation whose contact is erased', async () => {
    const before = { ...(made[1] as Made), seed: 'forgotten' }
    before.steps = [
      { afterMs: 0, step: { do: 'message', by: 'visitor', words: 'unforgettable words' } },
      { afterMs: 0, step: { do: 'note' } },
    ]
    const [, history] = madeUp({ ...before, steps: [...before.steps, { afterMs: 0, step: { do: 'erase' } }] })
    const [contact, whole] = madeUp(before)
    assert.ok(contact !== undefined && whole !== undefined && history !== undefined)
    await arena.passed(await arena.appendAll([contact, whole]))
    assert.equal((await list({ search: 'unforgettable' })).total, 1)
    await arena.passed(await arena.append(history, whole.events.length))
    assert.equal((await list({ search: 'unforgettable' })).total, 0)
    assert.equal((await list({ search: 'erased' })).total, 0)
    const found = await list({ search: 'visitor-forgotten' })
    assert.deepEqual([found.total, found.data[0]?.metadata], [1, {}])
    const path = `/api/conversations/${history.stream.slice('conversation-'.length)}`
    for (const part of ['messages', 'notes']) {
      const { body } = await call('GET', `${path}/${part}`, { token: agent })
      assert.deepEqual(
        (body.data as { content: string }[]).map(({ content }) => content),
        ['[erased]'],
      )
    }
  })
})

interface Page {
  data: (Conversation & { contact?: unknown })[]
  total: number
  totalIsExact: boolean
  nextCursor: string | null
}

function pageOf({ data, total, totalIsExact, nextCursor }: Record<string, unknown>): Page {
  assert.ok(Array.isArray(data) && typeof total === 'number' && typeof totalIsExact === 'boolean')
  assert.ok(typeof nextCursor === 'string' || nextCursor === null)
  return { data, total, totalIsExact, nextCursor }
}

const wellFormed = (text: string) => Buffer.from(text).toString()
