import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createHandle, type Handle } from '../command-api/handle.ts'
import { startByAgent } from '../command-api/http/start-by-agent.ts'
import { type Stack, startStack } from '../infra/local/stack.ts'
import { createEventLog } from '../infra/runtime/event-store/event-log.ts'
import { createPool } from '../infra/runtime/postgres-pool.ts'
import { createVault } from '../infra/runtime/vault/vault.ts'
import type { Caller } from '../schemas/caller.ts'
import { type Call, type Called, callerOf } from './call.ts'
import { openWorkplace, type Workplace } from './workplace.ts'

describe('a conversation that an agent starts', () => {
  let stack: Stack
  let command: Call
  let query: Call
  let place: Workplace
  let other: Workplace
  let channelId: string

  before(async () => {
    const only = ['event-store', 'postgres', 'command-api', 'query-api', 'projectors'] as const
    stack = await startStack({ ports: 'free', only, env: { NODE_ENV: 'test', LOG_LEVEL: 'error' } })
    command = callerOf(stack.url('command-api'))
    query = callerOf(stack.url('query-api'))
    place = await openWorkplace(stack.config, stack.url('command-api'))
    other = await openWorkplace(stack.config, stack.url('command-api'))
    const body = { type: 'api', name: 'Shop' }
    const channel = await command('POST', '/api/channels', { token: place.admin.token, body })
    assert.equal(channel.status, 201, JSON.stringify(channel.body))
    channelId = String(channel.body.id)
  })
  after(() => stack.stop())

  const start = (body: unknown, token: string | undefined = place.agent.token, headers = {}) =>
    command('POST', '/api/conversations', { body, headers, ...(token === undefined ? {} : { token }) })
  const seen = ({ headers }: Called) => ({ 'x-wait-for': String(headers['x-position']) })
  const contact = async (token = place.agent.token) =>
    String((await command('POST', '/api/contacts', { token, body: { name: 'Ada King' } })).body.id)

  it('begins with a contact who is known or new, in a channel or a widget, with a first message', async () => {
    const contactId = await contact()
    const inChannel = await start({ contactId, channelId, message: 'Your parcel is here', metadata: { order: 7 } })
    assert.equal(inChannel.status, 201, JSON.stringify(inChannel.body))
    const { body } = inChannel
    assert.deepEqual(
      [body.contactId, body.channelId, body.widgetId, body.channel, body.messageCount, body.unreadCount, body.metadata],
      [contactId, channelId, null, 'api', 1, 0, { order: 7 }],
    )
    assert.equal('visitorToken' in body, false)
    const read = (path: string, after = inChannel) =>
      query('GET', `/api/conversations/${path}`, { token: place.agent.token, headers: seen(after) })
    const [message] = (await read(`${body.id}/messages`)).body.data as Record<string, unknown>[]
    assert.deepEqual(
      [message?.content, message?.senderType, message?.senderId],
      ['Your parcel is here', 'agent', place.agent.id],
    )
    const inWidget = await start({ contact: { name: 'Grace Hopper', email: 'g@demo.test' }, channelId: place.widgetId })
    assert.deepEqual(
      [inWidget.status, inWidget.body.widgetId, inWidget.body.channel, inWidget.body.messageCount],
      [201, place.widgetId, 'widget', 0],
    )
    const listed = await query('GET', '/api/conversations?search=hopp&expand=contact', {
      token: place.agent.token,
      headers: seen(inWidget),
    })
    const [found] = listed.body.data as { id: string; contact: { name: string } }[]
    assert.deepEqual([found?.id, found?.contact.name], [inWidget.body.id, 'Grace Hopper'])
  })

  it('is refused with a sentence that says what is wrong', async () => {
    const contactId = await contact()
    const refused: [unknown, number, RegExp, string?][] = [
      [{}, 400, /widgetId is required/],
      [{ channelId }, 400, /contactId is required/],
      [{ channelId: 'x', contactId }, 400, /channelId must be a valid uuid/],
      [{ channelId, contact: { name: 5 } }, 400, /name must be/],
      [{ channelId, contact: {} }, 400, /one of name, email, phone/],
      [{ channelId, contactId, contact: { name: 'Ada' } }, 400, /is not a known field/],
      [{ channelId, contactId, message: '' }, 400, /message must not be empty/],
      [{ widgetId: place.widgetId, message: 'Hi' }, 400, /message is not a known field/],
      [{ channelId, contactId: randomUUID() }, 404, /no contact/],
      [{ channelId, contactId: await contact(other.agent.token) }, 404, /no contact/],
      [{ channelId: other.widgetId, contactId }, 404, /no channel/],
      [{ channelId, contactId }, 404, /no channel/, other.agent.token],
      [{ channelId, contactId }, 403, /scope/, await place.token(keyOf(['read']))],
      [{ channelId, contactId, message: 'Hi' }, 403, /may not send/, await place.token(keyOf(['write']))],
    ]
    for (const [body, status, sentence, token] of refused) {
      const answer = await start(body, token)
      assert.equal(answer.status, status, JSON.stringify([body, answer.body]))
      assert.match(String(answer.body.detail), sentence)
    }
    assert.equal((await command('POST', '/api/conversations', { body: { channelId, contactId } })).status, 401)
    assert.equal((await start({ channelId, contactId }, await place.token(keyOf(['write'])))).status, 201)
    const erased = await command('DELETE', `/api/contacts/${contactId}`, { token: place.admin.token })
    assert.equal(erased.status, 204, JSON.stringify(erased.body))
    assert.equal((await start({ channelId, contactId })).status, 410)
  })

  const keyOf = (scopes: string[]): Caller => ({ kind: 'apiKey', id: 'key', workspaceId: place.workspaceId, scopes })

  it('is one whole: a retry does what a crash left undone, and answers alike', async () => {
    const { config } = stack
    const pool = createPool(config.databaseUrl, { name: 'test', connections: 1, lost: () => undefined })
    const log = createEventLog({ config, vault: createVault({ pool, masterKey: config.vaultKey }) })
    const real = createHandle(log, { cachedEvents: 100 })
    const { id, email } = place.agent
    const caller = { kind: 'agent', id, email, workspaceId: place.workspaceId, role: 'agent' } as const
    const known = { channelId, contactId: await contact(), message: 'Hello' }
    const unknown = { channelId, contact: { name: 'Ada' }, message: 'Hello' }
    for (const [body, crashes] of [
      [known, [0, 1]],
      [unknown, [0, 1, 2]],
    ] as const) {
      for (const steps of crashes) {
        const key = randomUUID()
        const request = { params: {}, body, caller, idempotencyKey: key, trace: 'test' }
        await assert.rejects(startByAgent(crashingAfter(real, steps), request, config.idSecret), /crashed/)
        const [first, again] = [
          await start(body, place.agent.token, { 'idempotency-key': key }),
          await start(body, place.agent.token, { 'idempotency-key': key }),
        ]
        assert.deepEqual([first.status, first.body.messageCount], [201, 1], JSON.stringify(first.body))
        assert.deepEqual(again.body, first.body)
        assert.equal(again.headers.etag, first.headers.etag)
        const other = await start({ ...body, message: 'Bye' }, place.agent.token, { 'idempotency-key': key })
        assert.equal(other.status, 422)
      }
    }
    await log.close()
    await pool.end()
  })

  it('is read when an agent looks at it, and shown unread while that cannot be recorded', async () => {
    const begun = await command('POST', '/api/conversations', { body: { widgetId: place.widgetId } })
    const path = `/api/conversations/${begun.body.id}`
    const say = async () => seen(await command('POST', `${path}/messages`, { body: { content: 'Anybody there?' } }))
    const look = (headers: Record<string, string>) => query('GET', path, { token: place.agent.token, headers })
    const before = await say()
    const read = await look(before)
    assert.deepEqual([read.status, read.body.unreadCount], [200, 0])
    assert.equal(read.headers.etag, `"${read.body.revision}"`)
    const messages = await query('GET', `${path}/messages`, { headers: seen(read) })
    const [message] = messages.body.data as Record<string, unknown>[]
    assert.deepEqual([message?.isRead, message?.readBy], [true, place.agent.id])
    const after = await say()
    await stack.kill('command-api', 'SIGTERM')
    const unread = await look(after)
    assert.deepEqual([unread.status, unread.body.unreadCount], [200, 1])
  })
})

/** A process that dies after so many steps were written. */
function crashingAfter(real: Handle, steps: number): Handle {
  let left = steps
  const crashing = (...asked: Parameters<Handle>) => {
    if (left-- === 0) throw new Error('crashed')
    return real(...asked)
  }
  return Object.assign(crashing, { look: real.look }) as Handle
}
