import assert from 'node:assert/strict'
import { createInternalTokens, type InternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { type Serving, serve } from '../infra/runtime/http/server.ts'
import { createMetrics } from '../infra/runtime/metrics.ts'
import { createReadDatabase, type Database } from '../infra/runtime/postgres.ts'
import { type Arena, openArena } from '../projectors/testing/arena.ts'
import { type History, historyOf, type Plot, uuid } from '../projectors/testing/history.ts'
import type { Caller } from '../schemas/caller.ts'
import { formatPosition, type LogPosition } from '../schemas/envelope.ts'
import { type Call, callerOf } from '../test/call.ts'
import { run } from '../test/command.ts'
import { analyticsBindings } from './http/analytics.ts'
import { conversationBindings } from './http/conversations.ts'
import { messageBindings } from './http/messages.ts'
import { statisticsBindings } from './http/statistics.ts'
import { createPositions } from './positions.ts'
import { createReader } from './reader.ts'

const workspaceId = uuid('workspace', 0)
const otherWorkspaceId = uuid('workspace', 1)
const now = new Date('2026-03-30T10:00:00.000Z')

describe('query-api', () => {
  let arena: Arena
  let database: Database
  let server: Serving
  let tokens: InternalTokens
  let call: Call
  let admin: string
  let agent: string
  let stranger: string
  let head: LogPosition

  const tokenOf = (caller: Caller) => tokens.issue(caller)

  before(async () => {
    arena = await openArena()
    const { config } = arena.stack
    database = createReadDatabase(config, { name: 'test' })
    const reader = createReader(database)
    tokens = createInternalTokens(config.internalSecret)
    const sources = { reader, positions: createPositions(reader, 400), log: arena.log, now: () => now }
    server = await serve({
      name: 'query-api',
      config,
      logger: arena.logger,
      metrics: createMetrics('query-api'),
      host: '127.0.0.1',
      port: 0,
      tokens,
      bindings: [
        ...conversationBindings(sources, async () => undefined),
        ...messageBindings(sources),
        ...statisticsBindings(sources, 'https://chat.example'),
        ...analyticsBindings(sources),
      ],
      ready: async () => undefined,
    })
    call = callerOf(`http://127.0.0.1:${server.port}`)
    const person = { kind: 'agent', workspaceId, email: 'a@demo.test' } as const
    admin = await tokenOf({ ...person, id: uuid('agent', 9), role: 'admin' })
    agent = await tokenOf({ ...person, id: uuid('agent', 0), role: 'agent' })
    stranger = await tokenOf({ ...person, id: uuid('agent', 8), workspaceId: otherWorkspaceId, role: 'admin' })
    arena.run()
    await arena.append(workspace(0, 'Europe/Berlin'))
    await arena.append(workspace(1, 'UTC'))
    await arena.append(widget(0, 'off'))
    for (const plot of plots) await arena.append(historyOf(plot))
    head = await arena.append(historyOf({ ...quiet('elsewhere'), workspace: 1 }))
    await arena.passed(head)
  })
  after(async () => {
    await server.stop()
    await database.destroy()
    await arena.stop()
  })

  const ids = (body: Record<string, unknown>) => (body.data as { id: string }[]).map(({ id }) => id)
  const list = async (query: string, token = admin) => {
    const { status, body } = await call('GET', `/api/admin/conversations?${query}`, { token })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }

  it('lists by every filter, the latest activity first, with exact totals', async () => {
    const filters: [string, (one: Listed) => boolean][] = [
      ['', () => true],
      ['status=closed', ({ status }) => status === 'closed'],
      ['status=pending', ({ status }) => status === 'pending'],
      ['tag=billing', ({ tags }) => tags.includes('billing')],
      ['tag=billing&status=open', ({ tags, status }) => tags.includes('billing') && status === 'open'],
      ['tag=none', () => false],
      [`agentId=${uuid('agent', 1)}`, ({ assignedAgentId }) => assignedAgentId === uuid('agent', 1)],
      [`widgetId=${uuid('widget', 0)}&status=open`, ({ status }) => status === 'open'],
      [
        `widgetId=${uuid('widget', 0)}&agentId=${uuid('agent', 1)}&tag=billing`,
        ({ tags, assignedAgentId }) => tags.includes('billing') && assignedAgentId === uuid('agent', 1),
      ],
      ['search=visitor-busy-1', ({ visitorId }) => visitorId.startsWith('visitor-busy-1')],
      [
        'search=visitor-busy-1&tag=billing',
        ({ visitorId, tags }) => visitorId.startsWith('visitor-busy-1') && tags.includes('billing'),
      ],
      ['search=visitor_busy', () => false],
    ]
    const all = (await list('limit=100')).data as Listed[]
    assert.equal(all.length, plots.length)
    assert.ok(all.some(({ status }) => status === 'closed') && all.some(({ tags }) => tags.includes('billing')))
    const activity = all.map(({ lastMessageAt, startedAt }) => lastMessageAt ?? startedAt)
    assert.deepEqual(activity, [...activity].sort().reverse())
    for (const [query, keeps] of filters) {
      const body = await list(`${query}&limit=100`)
      const expected = all.filter(keeps)
      assert.deepEqual(
        ids(body),
        expected.map(({ id }) => id),
        query,
      )
      assert.equal(body.total, expected.length, query)
    }
  })

  it('pages by number and by cursor through the same list', async () => {
    const all = ids(await list('limit=100'))
    const byNumber: string[] = []
    const byCursor: string[] = []
    for (let page = 1; page <= Math.ceil(all.length / 7); page++)
      byNumber.push(...ids(await list(`limit=7&page=${page}`)))
    let cursor: unknown = ''
    while (cursor !== null) {
      const body = await list(`limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)
      byCursor.push(...ids(body))
      cursor = body.nextCursor
    }
    assert.deepEqual(byNumber, all)
    assert.deepEqual(byCursor, all)
    for (const query of ['cursor=nonsense', 'cursor=W10', 'page=2000', 'limit=0', 'status=x', 'unknown=1']) {
      const { status } = await call('GET', `/api/admin/conversations?${query}`, { token: admin })
      assert.equal(status, 400, query)
    }
  })

  it('tells each caller what he may see', async () => {
    const { stream } = historyOf(plots[0] as Plot)
    const id = stream.slice('conversation-'.length)
    const seen = async (token?: string) => call('GET', `/api/conversations/${id}`, { token })
    const full = await seen(agent)
    assert.equal(full.status, 200)
    assert.ok(Array.isArray(full.body.tags))
    assert.equal(full.headers.etag, `"${full.body.revision}"`)
    const visitor = { kind: 'visitor', workspaceId, contactId: uuid('x'), visitorId: 'x' } as const
    for (const token of [undefined, await tokenOf({ ...visitor, conversationId: id })]) {
      const { status, body } = await seen(token)
      assert.equal(status, 200)
      assert.equal(body.id, id)
      assert.equal('tags' in body || 'contactId' in body || 'unreadCount' in body, false)
    }
    assert.equal((await seen(stranger)).status, 404)
    assert.equal((await call('GET', `/api/conversations/${uuid('nobody')}`, { token: agent })).status, 404)
    assert.equal((await call('GET', `/api/conversations/${id}/notes`, { token: stranger })).status, 404)
    assert.equal((await call('GET', `/api/conversations/${id}/messages`, { token: stranger })).status, 404)
    assert.equal((await call('GET', '/api/admin/conversations', { token: agent })).status, 403)
    assert.equal((await call('GET', '/api/conversations')).status, 401)
    assert.deepEqual(ids(await list('limit=100', stranger)).length, 1)
    const key = { kind: 'apiKey', id: 'key', workspaceId } as const
    const reading = await tokenOf({ ...key, scopes: ['read'] })
    assert.ok('tags' in (await seen(reading)).body)
    assert.equal((await seen(await tokenOf({ ...key, scopes: ['write'] }))).status, 403)
  })

  it('asks for the visitor token where the widget wants it', async () => {
    await arena.append(widget(2, 'required'))
    const history = historyOf({ ...quiet('verified'), workspace: 2 })
    const id = history.stream.slice('conversation-'.length)
    await arena.passed(await arena.append(history))
    const visitor = {
      kind: 'visitor',
      workspaceId: uuid('workspace', 2),
      contactId: uuid('x'),
      visitorId: 'x',
    } as const
    const own = await tokenOf({ ...visitor, conversationId: id })
    const another = await tokenOf({ ...visitor, conversationId: uuid('another') })
    for (const path of [`/api/conversations/${id}`, `/api/conversations/${id}/messages`]) {
      assert.equal((await call('GET', path)).status, 401)
      assert.equal((await call('GET', path, { token: another })).status, 401)
      assert.equal((await call('GET', path, { token: own })).status, 200)
    }
  })

  it('replays exactly what was served at every revision', async () => {
    const history = historyOf({ ...(plots[2] as Plot), seed: 'replayed' })
    const id = history.stream.slice('conversation-'.length)
    const live: { conversation: unknown; messages: unknown }[] = []
    const look = async (query: string, headers: Record<string, string>) => {
      const one = await call('GET', `/api/conversations/${id}${query}`, { token: agent, headers })
      const said = await call('GET', `/api/conversations/${id}/messages${query}`, { token: agent, headers })
      assert.deepEqual([one.status, said.status], [200, 200], JSON.stringify([one.body, said.body]))
      return { conversation: one.body, messages: said.body }
    }
    for (let index = 0; index < history.events.length; index++) {
      const position = await arena.append({ ...history, events: history.events.slice(0, index + 1) }, index)
      live.push(await look('', { 'x-wait-for': formatPosition(position) }))
    }
    for (const [revision, served] of live.entries()) assert.deepEqual(await look(`?at=${revision}`, {}), served)
    const last = live.at(-1)
    assert.deepEqual(await look('?at=99999', {}), last)
    assert.deepEqual(await look('?at=2100-01-01T00:00:00Z', {}), last)
    const middle = history.events[3]?.at ?? ''
    const until = history.events.findLastIndex(({ at }) => at <= middle)
    assert.deepEqual(await look(`?at=${middle}`, {}), live[until])
    const answer = async (at: string, token?: string) =>
      (await call('GET', `/api/conversations/${id}?at=${encodeURIComponent(at)}`, { token })).status
    assert.equal(await answer('2020-01-01T00:00:00Z', agent), 404)
    for (const garbage of ['-1', 'yesterday', '1.5', '2026-13-01T00:00:00Z'])
      assert.equal(await answer(garbage, agent), 400)
    assert.equal(await answer('0'), 403)
    assert.equal(await answer('0', stranger), 404)
  })

  it('gives the history as the log has it, chained', async () => {
    const { stream, events } = historyOf(plots[0] as Plot)
    const path = `/api/conversations/${stream.slice('conversation-'.length)}/history`
    const { status, body } = await call('GET', path, { token: agent })
    assert.equal(status, 200)
    const data = body.data as { type: string; at: string; data: unknown; hash: string; prev: string }[]
    assert.deepEqual(
      data.map(({ type, at, data }) => ({ event: { type, data }, at })),
      events,
    )
    for (const [index, entry] of data.entries()) assert.equal(entry.prev, data[index - 1]?.hash ?? '')
    const short = await call('GET', `${path}?at=1`, { token: agent })
    assert.deepEqual(short.body.data, data.slice(0, 2))
    assert.equal((await call('GET', path, { token: stranger })).status, 404)
  })

  it('waits for a position, and says so when it does not come', async () => {
    const position = await arena.append(historyOf(quiet('awaited')))
    const at = (place: LogPosition) => ({ token: admin, headers: { 'x-wait-for': formatPosition(place) } })
    const { body } = await call('GET', '/api/conversations?search=visitor-awaited', at(position))
    assert.equal(body.total, 1)
    const future = { commit: position.commit + 1_000_000n, prepare: position.prepare + 1_000_000n }
    for (const path of ['/api/conversations', '/api/admin/messages/stats']) {
      const { status, body } = await call('GET', path, at(future))
      assert.deepEqual([status, body.type], [504, 'urn:parley:problem:projection-behind'])
    }
  })

  it('sums the admin’s figures in the time zone of the workspace', async () => {
    await arena.append(workspace(3, 'Europe/Berlin'))
    const minute = 60_000
    const position = await arena.append(
      historyOf({
        seed: 'figures',
        workspace: 3,
        startedBy: 'visitor',
        steps: [
          { afterMs: 0, step: { do: 'message', by: 'visitor', words: 'Hello' } },
          { afterMs: minute, step: { do: 'message', by: 'bot', words: 'One moment' } },
          { afterMs: minute, step: { do: 'message', by: 'agent', words: 'Hi' } },
          { afterMs: 8.5 * minute, step: { do: 'close' } },
          // Just past midnight in Berlin, on the day of `now`; the day before had 23 hours.
          { afterMs: 26 * 60 * minute, step: { do: 'message', by: 'visitor', words: 'Again' } },
        ],
      }),
    )
    const token = await tokenOf({
      kind: 'agent',
      id: uuid('agent', 7),
      workspaceId: uuid('workspace', 3),
      role: 'admin',
      email: 'c@demo.test',
    })
    const asked = { token, headers: { 'x-wait-for': formatPosition(position) } }
    const conversations = await call('GET', '/api/admin/conversations/stats', asked)
    assert.deepEqual(conversations.body, {
      totalConversations: 1,
      activeConversations: 1,
      todayConversations: 1,
      avgConversationDuration: 10.5,
      conversationTrend: 100,
    })
    const messages = await call('GET', '/api/admin/messages/stats', asked)
    assert.deepEqual(messages.body, { totalMessages: 4, todayMessages: 1, avgResponseTime: 2, messageTrend: 100 })
    assert.equal((await call('GET', '/api/admin/messages/stats', { token: agent })).status, 403)
    const analytics = await call('GET', '/api/analytics?days=2', asked)
    assert.deepEqual([analytics.body.timeZone, analytics.body.from], ['Europe/Berlin', '2026-03-28T23:00:00.000Z'])
    const again = { visitor: 1, agent: 0, ai: 0, bot: 0, system: 0 }
    assert.deepEqual(analytics.body.totals, { started: 1, resolved: 0, active: 1, messages: again })
  })

  it('gives the analytics to agents, as CSV too, and drills them down to events', async () => {
    const { status, body, headers } = await call('GET', '/api/analytics?format=csv&table=channels', { token: agent })
    assert.equal(status, 200)
    assert.match(String(headers['content-disposition']), /attachment; filename="analytics-channels-30-days.csv"/)
    assert.match(String(body.text), /^channel,started,.*\r\nwidget,/)
    const closed = (await list('status=closed')).data as Listed[]
    assert.ok(closed.length > 0)
    const day = '/api/analytics/events?figure=resolved&date=2026-03-28'
    const first = await call('GET', `${day}&limit=2`, { token: agent })
    const second = await call('GET', `${day}&cursor=${first.body.nextCursor}`, { token: agent })
    const seen = [first, second].flatMap(({ body }) => body.data as { conversationId: string; eventId: string }[])
    assert.deepEqual(
      seen
        .map(({ conversationId }) => conversationId)
        .filter((id) => closed.some((one) => one.id === id))
        .sort(),
      closed.map(({ id }) => id).sort(),
    )
    const [{ conversationId, eventId } = { conversationId: '', eventId: '' }] = seen
    const history = await call('GET', `/api/conversations/${conversationId}/history`, { token: agent })
    assert.ok((history.body.data as { id: string; type: string }[]).some(({ id }) => id === eventId))
    assert.deepEqual((await call('GET', day, { token: stranger })).body.data, [])
    for (const query of [
      'figure=resolved',
      'figure=x&date=2026-03-28',
      'figure=started&date=2026-02-30',
      'figure=started&date=0001-01-01',
      'figure=messages&date=2026-03-28&cursor=W10',
    ]) {
      assert.equal((await call('GET', `/api/analytics/events?${query}`, { token: agent })).status, 400, query)
    }
    for (const query of ['days=0', 'days=366', 'format=xml']) {
      assert.equal((await call('GET', `/api/analytics?${query}`, { token: agent })).status, 400, query)
    }
    assert.equal((await call('GET', '/api/analytics')).status, 401)
  })

  it('lists widgets with their use, for admins', async () => {
    const { body } = await call('GET', '/api/admin/widgets/stats', { token: admin })
    const widgetId = uuid('widget', 0)
    assert.deepEqual(body, {
      totalWidgets: 1,
      activeWidgets: 1,
      widgets: [{ widgetId, name: 'Widget', conversationsToday: 0, avgResponseTime: 0.1 }],
    })
    const { body: all } = await call('GET', '/api/admin/widgets', { token: admin })
    const listed = Object.values(all) as Record<string, unknown>[]
    const { total } = await list(`widgetId=${widgetId}`)
    assert.deepEqual(
      listed.map(({ id, conversationsTotal }) => [id, conversationsTotal]),
      [[widgetId, total]],
    )
    assert.match(String(listed[0]?.embedCode), /https:\/\/chat\.example\/widget\.js/)
    assert.equal((await call('GET', '/api/admin/widgets', { token: agent })).status, 403)
  })

  it('replays from the command line', async () => {
    const { stream, events } = historyOf(plots[0] as Plot)
    const id = stream.slice('conversation-'.length)
    const text = await run(arena.stack, 'query-api/replay/cli.js', '--id', id)
    for (const { event, at } of events) assert.match(text, new RegExp(`${at} .* ${event.type}`))
    const json = JSON.parse(await run(arena.stack, 'query-api/replay/cli.js', '--id', id, '--at', '1', '--json'))
    assert.equal(json.conversation.revision, 1)
    assert.equal(json.history.length, 2)
    await assert.rejects(run(arena.stack, 'query-api/replay/cli.js', '--id', id, '--at', 'soon'), /ISO 8601/)
  })

  it('lists notes and messages in their order', async () => {
    const history = historyOf(plots[2] as Plot)
    const path = `/api/conversations/${history.stream.slice('conversation-'.length)}`
    const sent = history.events.filter(({ event }) => event.type === 'MessageSent')
    const { body } = await call('GET', `${path}/messages?limit=2&page=2`, {})
    assert.equal(body.total, sent.length)
    assert.deepEqual(
      ids(body),
      sent.slice(2, 4).map(({ event }) => event.type === 'MessageSent' && event.data.messageId),
    )
    const next = await call('GET', `${path}/messages?limit=2&cursor=${body.nextCursor}`, {})
    assert.equal(ids(next.body)[0], sent[4]?.event.type === 'MessageSent' && sent[4].event.data.messageId)
    const notes = await call('GET', `${path}/notes`, { token: agent })
    const written = history.events.filter(({ event }) => event.type === 'NoteAdded')
    assert.ok(written.length > 0)
    assert.equal(ids(notes.body).length, written.length)
  })
})

interface Listed {
  id: string
  status: string
  tags: string[]
  assignedAgentId: string | null
  visitorId: string
  lastMessageAt: string | null
  startedAt: string
}

const quiet = (seed: string): Plot => ({ seed, workspace: 0, startedBy: 'visitor', steps: [] })

/** Conversations of every status, with and without tags and agents. */
const plots: Plot[] = Array.from({ length: 24 }, (_, n) => ({
  seed: `busy-${n}`,
  workspace: 0,
  startedBy: 'visitor',
  steps: [
    { afterMs: 1000 + n * 61_000, step: { do: 'message', by: 'visitor', words: 'Hello' } },
    { afterMs: 1000, step: { do: 'tag', tag: n % 2 === 0 ? 'billing' : 'a "tag", {odd}' } },
    { afterMs: 0, step: { do: 'message', by: 'bot', words: 'One moment' } },
    ...(n % 3 === 0 ? [] : [{ afterMs: 2000, step: { do: 'assign' as const } }]),
    { afterMs: 3000, step: { do: 'message', by: 'agent', words: 'Hi' } },
    { afterMs: 500, step: { do: 'read' } },
    { afterMs: 500, step: { do: 'note' } },
    ...(n % 4 === 1 ? [{ afterMs: 100, step: { do: 'park' as const } }] : []),
    ...(n % 4 === 2 ? [{ afterMs: 100, step: { do: 'close' as const } }] : []),
    ...(n % 8 === 2
      ? [
          { afterMs: 100, step: { do: 'rate' as const } },
          { afterMs: 100, step: { do: 'message' as const, by: 'visitor' as const, words: 'Again' } },
          { afterMs: 100, step: { do: 'untag' as const, tag: 'billing' } },
          { afterMs: 100, step: { do: 'message' as const, by: 'visitor' as const, words: 'And again' } },
        ]
      : []),
  ],
}))

function workspace(n: number, timeZone: string): History {
  const id = uuid('workspace', n)
  const at = '2026-01-01T00:00:00.000Z'
  const event = { type: 'WorkspaceCreated' as const, data: { workspaceId: id, name: `Workspace ${n}`, timeZone } }
  return { stream: `workspace-${id}`, key: undefined, workspaceId: id, events: [{ event, at }] }
}

function widget(n: number, identityVerification: 'off' | 'required'): History {
  const widgetId = uuid('widget', n)
  const data = {
    widgetId,
    name: 'Widget',
    welcomeMessage: 'Hi',
    aiEnabled: false,
    themeColor: '#6366f1',
    autoAssign: false,
    offlineMessage: 'Later',
    identityVerification,
  }
  const events = [{ event: { type: 'WidgetCreated' as const, data }, at: '2026-01-01T00:00:00.000Z' }]
  return { stream: `widget-${widgetId}`, key: undefined, workspaceId: uuid('workspace', n), events }
}
