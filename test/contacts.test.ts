import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Stack } from '../infra/local/stack.ts'
import { sharedStack } from '../infra/local/testing/shared-stack.ts'
import { ContactExport } from '../schemas/contact/resource.ts'
import { checkOf } from '../schemas/validator.ts'
import { type Call, type Called, callerOf } from './call.ts'
import { openWorkplace, type Workplace } from './workplace.ts'

type Page = { data: { id: string; name: string | null }[]; total: number; nextCursor: string | null }

describe('contacts', () => {
  let stack: Stack
  let command: Call
  let query: Call
  let place: Workplace

  before(async () => {
    stack = await sharedStack()
    command = callerOf(stack.url('command-api'))
    query = callerOf(stack.url('query-api'))
    place = await openWorkplace(stack.config, stack.url('command-api'))
  })

  const agent = () => place.agent.token
  const create = async (body: object, token = agent()) => {
    const made = await command('POST', '/api/contacts', { token, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return { ...made, id: String(made.body.id) }
  }
  const seen = ({ headers }: Called) => ({ 'x-wait-for': String(headers['x-position']) })
  const read = (id: string, after: Called, token = agent()) =>
    query('GET', `/api/contacts/${id}`, { token, headers: seen(after) })
  const list = async (search: string, after: Called) => {
    const headers = seen(after)
    const { status, body } = await query('GET', `/api/contacts?${search}`, { token: agent(), headers })
    assert.equal(status, 200, JSON.stringify(body))
    return body as unknown as Page
  }

  it('are created by agents, and read as they were created', async () => {
    const facts = { name: 'Ada King', email: 'ada@demo.test', phone: '+49 30 1234', attributes: { plan: 'pro' } }
    const made = await create({ ...facts, name: ' Ada King ' })
    const { id, workspaceId, visitorId, createdAt, updatedAt, erasedAt, ...rest } = made.body
    assert.deepEqual([rest, workspaceId, erasedAt, updatedAt], [facts, place.workspaceId, null, createdAt])
    const found = await read(made.id, made)
    assert.deepEqual(found.body, { ...made.body, conversations: 0, lastSeenAt: null })
    assert.equal(found.headers.etag, made.headers.etag)
    for (const body of [{}, { name: null }, { email: 'nobody' }, { name: '   ' }, { phone: '---' }, { other: 1 }]) {
      assert.equal((await command('POST', '/api/contacts', { token: agent(), body })).status, 400, JSON.stringify(body))
    }
    const attributes = { long: 'x'.repeat(40_000) }
    assert.equal((await command('POST', '/api/contacts', { token: agent(), body: { attributes } })).status, 400)
  })

  it('are created once for one key', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const ask = (name: string) => command('POST', '/api/contacts', { token: agent(), body: { name }, headers })
    const [first, again] = [await ask('Once'), await ask('Once')]
    assert.deepEqual([again.status, again.body], [201, first.body])
    assert.equal((await ask('Twice')).status, 422)
  })

  it('change in what is named, and merge their attributes', async () => {
    const made = await create({ name: 'Bob', phone: '12345', attributes: { plan: 'pro', seats: 3 } })
    const patch = (body: object, headers = {}) =>
      command('PATCH', `/api/contacts/${made.id}`, { token: agent(), body, headers })
    const changed = await patch({ name: 'Bob B.', phone: null, attributes: { seats: null, since: 2020 } })
    const { name, phone, attributes } = changed.body
    assert.deepEqual([changed.status, name, phone, attributes], [200, 'Bob B.', null, { plan: 'pro', since: 2020 }])
    const { conversations, lastSeenAt, ...found } = (await read(made.id, changed)).body
    assert.deepEqual([found, conversations, lastSeenAt], [changed.body, 0, null])
    assert.equal((await patch({ name: 'Late' }, { 'if-match': made.headers.etag })).status, 412)
    assert.equal((await patch({ email: null, other: 1 })).status, 400)
    const both = [patch({ attributes: { a: 1 } }), patch({ attributes: { b: 2 } })]
    for (const { status } of await Promise.all(both)) assert.equal(status, 200)
    assert.deepEqual((await patch({})).body.attributes, { plan: 'pro', since: 2020, a: 1, b: 2 })
  })

  it('are listed the newest first, page by page, and searched by the beginnings of words', async () => {
    const mark = randomUUID().slice(0, 8)
    const names = Array.from({ length: 5 }, (_, n) => `Zoë ${mark}${n} O’Hara`)
    const made = []
    for (const name of names) made.push(await create({ name }))
    const last = await create({ email: `zoe.${mark}x@Example.com`, phone: `0049 (30) ${mark.replace(/\D/g, '')}777` })
    const all = await list(`search=${mark}`, last)
    assert.deepEqual([all.total, all.data.map(({ name }) => name)], [6, [null, ...names.toReversed()]])
    const pages: (string | null)[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list(`search=zoe+${mark}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`, last)
      pages.push(...page.data.map(({ name }) => name))
      cursor = page.nextCursor
    }
    assert.deepEqual(pages, [null, ...names.toReversed()])
    assert.deepEqual(
      (await list(`search=ohara ${mark}3`, last)).data.map(({ name }) => name),
      [names[3]],
    )
    assert.equal((await list(`search=${encodeURIComponent('%')}`, last)).total, 0)
    const newest = await list('limit=2', last)
    assert.deepEqual(
      newest.data.map(({ id }) => id),
      [last.id, made[4]?.id],
    )
    assert.ok(newest.total >= 6)
    assert.deepEqual(
      (await list(`limit=2&cursor=${newest.nextCursor}`, last)).data.map(({ id }) => id),
      [made[3]?.id, made[2]?.id],
    )
    assert.equal((await query('GET', '/api/contacts?cursor=nonsense', { token: agent() })).status, 400)
  })

  const talk = async (visitorId: string) => {
    const start = await command('POST', '/api/conversations', {
      body: { widgetId: place.widgetId, visitorId, metadata: { page: '/' } },
    })
    const at = `/api/conversations/${start.body.id}`
    await command('POST', `${at}/messages`, { body: { content: 'Hello' } })
    await command('POST', `${at}/messages`, { token: agent(), body: { content: 'Hi' } })
    await command('POST', `${at}/notes`, { token: agent(), body: { content: 'friendly' } })
    const last = await command('POST', `${at}/rating`, { body: { score: 4, comment: 'fine' } })
    const { body } = await query('GET', at, { token: agent(), headers: seen(last) })
    return { last, id: String(start.body.id), contactId: String(body.contactId) }
  }

  it('know of their conversations, and are exported with all that is held on them', async () => {
    const visitorId = `visitor-${randomUUID()}`
    const { contactId } = await talk(visitorId)
    const { last, id } = await talk(visitorId)
    const found = await read(contactId, last)
    assert.deepEqual([found.body.visitorId, found.body.conversations], [visitorId, 2])
    assert.equal(typeof found.body.lastSeenAt, 'string')
    assert.equal((await list(`search=${visitorId.slice(0, 20)}`, last)).data[0]?.id, contactId)
    const path = `/api/contacts/${contactId}/export`
    const exported = await query('GET', path, { token: place.admin.token, headers: seen(last) })
    assert.equal(exported.status, 200)
    const checked = checkOf(ContactExport)(exported.body)
    assert.ok(checked.ok, JSON.stringify(checked.ok || checked.errors))
    const { contact, conversations, history } = checked.value
    assert.deepEqual([contact, history.map(({ type }) => type)], [found.body, ['ContactCreated']])
    const whole = conversations.find(({ conversation }) => conversation.id === id)
    assert.equal(conversations.length, 2)
    assert.deepEqual(
      [whole?.messages.map(({ content }) => content), whole?.notes[0]?.content, whole?.ratings[0]?.comment],
      [['Hello', 'Hi'], 'friendly', 'fine'],
    )
    assert.deepEqual([whole?.history[0]?.type, whole?.history[4]?.type], ['ConversationStarted', 'ConversationRated'])
    assert.equal((await query('GET', path, { token: agent() })).status, 403)
  })

  it('belong to their workspace, and are for its people and keys', async () => {
    const made = await create({ name: 'Private' })
    const other = await openWorkplace(stack.config, stack.url('command-api'))
    const key = (...scopes: string[]) =>
      place.token({ kind: 'apiKey', id: randomUUID(), workspaceId: place.workspaceId, scopes })
    const visitor = await place.token({
      kind: 'visitor',
      workspaceId: place.workspaceId,
      conversationId: randomUUID(),
      contactId: made.id,
      visitorId: 'v',
    })
    const path = `/api/contacts/${made.id}`
    const ask = (method: 'GET' | 'PATCH' | 'DELETE', token: string | undefined, to = path) =>
      (method === 'GET' ? query : command)(method, to, {
        token,
        body: method === 'PATCH' ? { name: 'Taken' } : undefined,
      })
    const expected: [number, Promise<Called>][] = [
      [404, ask('GET', other.admin.token)],
      [404, ask('PATCH', other.admin.token)],
      [404, ask('DELETE', other.admin.token)],
      [404, ask('GET', other.admin.token, `${path}/export`)],
      [403, ask('GET', visitor)],
      [403, ask('PATCH', visitor)],
      [401, ask('GET', undefined)],
      [403, ask('DELETE', agent())],
      [403, ask('DELETE', await key('write'))],
      [403, ask('PATCH', await key('read'))],
      [200, ask('GET', await key('read'))],
      [404, ask('DELETE', place.admin.token, `/api/contacts/${randomUUID()}`)],
      [403, command('POST', `/internal/contacts/${made.id}/erase`, { token: place.admin.token })],
    ]
    for (const [index, [status, asked]] of expected.entries()) assert.equal((await asked).status, status, String(index))
    assert.equal((await read(made.id, made)).body.name, 'Private')
  })

  it('are gone for ever once they are erased', async () => {
    const visitorId = `visitor-${randomUUID()}`
    const { contactId, id } = await talk(visitorId)
    const before = await command('PATCH', `/api/contacts/${contactId}`, { token: agent(), body: { name: 'Carl Gone' } })
    assert.equal((await list('search=carl+gone', before)).total, 1)
    const key = await place.token({
      kind: 'apiKey',
      id: randomUUID(),
      workspaceId: place.workspaceId,
      scopes: ['manage'],
    })
    const gone = await command('DELETE', `/api/contacts/${contactId}`, { token: key })
    assert.equal(gone.status, 204, JSON.stringify(gone.body))
    assert.equal((await read(contactId, gone)).status, 410)
    assert.equal((await query('GET', `/api/contacts/${contactId}/export`, { token: place.admin.token })).status, 410)
    for (const search of ['carl+gone', visitorId]) assert.equal((await list(`search=${search}`, gone)).total, 0)
    const refused = [
      command('PATCH', `/api/contacts/${contactId}`, { token: agent(), body: { name: 'Back' } }),
      command('POST', `/api/conversations/${id}/messages`, { body: { content: 'Me again' } }),
    ]
    for (const one of refused) assert.equal((await one).status, 410)
    const anew = await command('POST', '/api/conversations', { body: { widgetId: place.widgetId, visitorId } })
    assert.equal(anew.status, 201, 'who comes back is somebody new')
    const system = await place.token({ kind: 'system', id: 'test' })
    assert.equal((await command('DELETE', `/api/contacts/${contactId}`, { token: place.admin.token })).status, 204)
    assert.equal((await command('POST', `/internal/contacts/${contactId}/erase`, { token: system })).status, 204)
    const { body } = await query('GET', `/api/conversations/${id}/history`, { token: agent() })
    const types = (body.data as { type: string }[]).map(({ type }) => type)
    assert.equal(types.filter((type) => type === 'ConversationErased').length, 1)
  })

  it('are told to our services when nobody has been active for long', async () => {
    const silent = await openWorkplace(stack.config, stack.url('command-api'))
    const { token: of } = silent.agent
    const made = []
    for (const name of ['Old', 'Older', 'Erased', 'Oldest']) made.push(await create({ name }, of))
    const erased = await command('DELETE', `/api/contacts/${made[2]?.id}`, { token: silent.admin.token })
    const system = await place.token({ kind: 'system', id: 'test' })
    const stale = async (before: number, search = '') => {
      const path = `/internal/workspaces/${silent.workspaceId}/stale-contacts?before=${new Date(before).toISOString()}${search}`
      const { body } = await query('GET', path, { token: system, headers: seen(erased) })
      return body as unknown as { data: { id: string }[]; nextCursor: string | null }
    }
    const soon = Date.now() + 60_000
    const first = await stale(soon, '&limit=2')
    assert.deepEqual(
      first.data.map(({ id }) => id),
      [made[0]?.id, made[1]?.id],
    )
    const rest = await stale(soon, `&limit=2&cursor=${first.nextCursor}`)
    assert.deepEqual([rest.data.map(({ id }) => id), rest.nextCursor], [[made[3]?.id], null])
    assert.deepEqual(await stale(Date.now() - 60_000), { data: [], nextCursor: null })
  })
})
