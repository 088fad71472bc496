import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { type Apple, startApple } from '../flow-engine/push/testing/apple.ts'
import { appleKey, serviceAccount } from '../flow-engine/push/testing/credentials.ts'
import { type Google, refusal, startGoogle } from '../flow-engine/push/testing/google.ts'
import { eventually } from '../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../infra/runtime/auth/internal-tokens.ts'
import { Client } from '../realtime/testing/client.ts'
import { callerOf } from './call.ts'
import { run } from './command.ts'
import { type House, openHouse } from './house.ts'

const account = serviceAccount()
const provider = { teamId: 'TEAM000001', keyId: 'KEY0000001', privateKey: appleKey() }

/** An app on a phone or two, as document C's apps begin. */
interface App {
  conversationId: string
  visitorToken: string
  fcm: string
  apns: string
}

describe('pushes', function () {
  this.timeout(60_000)
  let house: House
  let google: Google
  let apple: Apple
  const lines: string[] = []
  let embedToken: string
  let channelId: string

  before(async () => {
    google = await startGoogle(account)
    apple = await startApple(provider)
    const env = {
      LOG_LEVEL: 'debug',
      FCM_URL: google.url,
      FCM_TOKEN_URL: google.tokenUrl,
      APNS_URL: apple.url,
      PUSH_ATTEMPTS: '3',
      PUSH_RETRY_MS: '20',
    }
    house = await openHouse(env, (_name, line) => lines.push(line))
    const { teamId, keyId, privateKey } = provider
    const body = {
      type: 'mobile_sdk',
      name: 'App',
      config: { apns: { teamId, keyId, bundleId: 'com.example.app', environment: 'production' } },
      secrets: { fcmServiceAccount: JSON.stringify(account), apnsPrivateKey: privateKey },
    }
    const made = await house.call('POST', '/api/channels', { token: house.adminToken, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    embedToken = String(made.body.embedToken)
    channelId = String(made.body.id)
  })
  after(async () => {
    await house.stack.stop()
    await google.close()
    await apple.close()
  })

  async function begin(): Promise<App> {
    const body = { embed_token: embedToken, external_id: `user-${randomUUID()}` }
    const opened = await house.call('POST', '/platform/api/conversations/init', { body })
    assert.equal(opened.status, 201, JSON.stringify(opened.body))
    const { conversation_id, visitor_token } = opened.body
    return {
      conversationId: String(conversation_id),
      visitorToken: String(visitor_token),
      fcm: `fcm:${randomBytes(24).toString('base64url')}`,
      apns: randomBytes(32).toString('hex'),
    }
  }

  const register = ({ conversationId, visitorToken }: App, body: object, token: string | null = visitorToken) =>
    house.call('POST', `/api/conversations/${conversationId}/devices`, { token: token ?? undefined, body })
  async function install(): Promise<App> {
    const app = await begin()
    for (const platform of ['fcm', 'apns'] as const) {
      assert.equal((await register(app, { platform, token: app[platform] })).status, 201)
    }
    return app
  }
  const say = async ({ conversationId }: App, content: string, rest: { token?: string; body?: object } = {}) => {
    const { token = house.agentToken, body = {} } = rest
    const path = `/api/conversations/${conversationId}/messages`
    const said = await house.call('POST', path, { token, body: { content, ...body } })
    assert.equal(said.status, 201, JSON.stringify(said.body))
    return String(said.body.id)
  }
  const shownBy = (app: App) => ({
    fcm: google.pushes.filter(({ token }) => token === app.fcm).map(({ body }) => body.message?.notification),
    apns: apple.pushes
      .filter(({ token }) => token === app.apns)
      .map(({ body }) => (body.aps as { alert: unknown }).alert),
  })
  /** Exactly these have come, once to each device, in whatever order. */
  const shows = (app: App, ...bodies: string[]) =>
    eventually(() => {
      const { fcm, apns } = shownBy(app)
      const wanted = bodies.map((body) => ({ title: 'Demo Agent', body }))
      assert.deepEqual(new Set(fcm), new Set(wanted))
      assert.deepEqual(new Set(apns), new Set(wanted))
      assert.deepEqual([fcm.length, apns.length], [bodies.length, bodies.length])
    })
  const devicesOf = async ({ conversationId }: App) => {
    const { body } = await house.call('GET', `/api/conversations/${conversationId}`, { token: house.agentToken })
    const token = await createInternalTokens(house.stack.config.internalSecret).issue({ kind: 'system', id: 'test' })
    const path = `/internal/contacts/${body.contactId}/devices`
    const found = await callerOf(house.stack.url('command-api'))('GET', path, { token })
    assert.equal(found.status, 200)
    return (found.body.data as { platform: string; token: string }[]).map(({ platform }) => platform)
  }
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${house.stack.url('flow-engine')}/metrics`)).text()
    const values = text.split('\n').filter((line) => line.startsWith(name))
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }
  const cli = async (...args: string[]) =>
    JSON.parse(await run(house.stack, 'flow-engine/push/cli.js', ...args, '--json'))

  it('go where the end user’s app says, and nobody else may say so', async () => {
    const app = await begin()
    const other = await begin()
    const fcm = { platform: 'fcm', token: app.fcm }
    const first = await register(app, fcm)
    const again = await register(app, fcm)
    assert.deepEqual([first.status, again.status, first.body.id], [201, 200, again.body.id])
    await register(app, { platform: 'apns', token: app.apns.toUpperCase() })
    assert.equal((await register(app, { platform: 'apns', token: app.apns })).status, 200)
    assert.deepEqual(await devicesOf(app), ['fcm', 'apns'])
    for (const [token, status] of [
      [house.agentToken, 403],
      [other.visitorToken, 404],
      [null, 404],
    ] as const) {
      assert.equal((await register(app, fcm, token)).status, status)
    }
    assert.equal((await register(app, { platform: 'apns', token: '../../etc/passwd' })).status, 400)
    const widget = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
    const visited = { ...app, conversationId: String(widget.body.id) }
    assert.equal((await register(visited, fcm, String(widget.body.visitorToken))).status, 409)
    assert.equal((await register(visited, fcm, null)).status, 401)
    const path = `/api/conversations/${app.conversationId}/devices/${first.body.id}`
    for (let n = 0; n < 2; n++) {
      assert.equal((await house.call('DELETE', path, { token: app.visitorToken })).status, 204)
    }
    assert.deepEqual(await devicesOf(app), ['apns'])
  })

  it('come once to each device for each message of an agent while the end user is away', async () => {
    const app = await install()
    await say(app, 'I have a question', { token: app.visitorToken })
    const occurredAt = '2026-01-02T03:04:05.678Z'
    const imported = { senderType: 'agent', senderId: house.demo.agent.id, occurredAt }
    await say(app, 'Long ago', { token: house.demo.importKey, body: imported })
    const messageId = await say(app, 'Here is an answer')
    await shows(app, 'Here is an answer')
    const { headers, body } = apple.pushes.find(({ token }) => token === app.apns) ?? assert.fail()
    assert.deepEqual([headers['apns-topic'], body.message_id], ['com.example.app', messageId])
    const data = google.pushes.find(({ token }) => token === app.fcm)?.body.message?.data
    assert.deepEqual(data, { conversation_id: app.conversationId, message_id: messageId })
  })

  it('hide the words and who says them where the channel wants that', async () => {
    const app = await install()
    const settle = async (pushContent: string) => {
      const body = { config: { pushContent } }
      const { status } = await house.call('PATCH', `/api/channels/${channelId}`, { token: house.adminToken, body })
      assert.equal(status, 200)
    }
    await settle('hidden')
    await say(app, 'Your test is positive')
    const hidden = { title: 'Demo', body: 'You have a new message' }
    await eventually(() => assert.deepEqual(shownBy(app), { fcm: [hidden], apns: [hidden] }))
    await settle('full')
  })

  it('do not come while a connection of the end user is in the room, on whichever instance', async () => {
    const app = await install()
    const phone = await new Client(house.stack.url('gateway'), app.visitorToken).opened()
    await phone.join(`conversation:${app.conversationId}`)
    const before = await metric('push_skipped_total{why="connected"')
    await say(app, 'You see this')
    await eventually(async () => assert.equal(await metric('push_skipped_total{why="connected"'), before + 2))
    phone.socket.terminate()
    await phone.closed
    await eventually(() => assert.deepEqual(shownBy(app), { fcm: [], apns: [] }))
    await say(app, 'You miss this')
    await shows(app, 'You miss this')
  })

  it('come once also when events come twice, and not for what was before the first start', async () => {
    const app = await install()
    await say(app, 'Before')
    await shows(app, 'Before')
    const client = new pg.Client({ connectionString: house.stack.config.databaseUrl })
    await client.connect()
    try {
      await house.stack.kill('flow-engine', 'SIGTERM')
      await client.query(`update reactions.checkpoints set commit = 0, prepare = 0 where name = 'push'`)
      await say(app, 'While nobody was there')
      await house.stack.start('flow-engine')
      await shows(app, 'Before', 'While nobody was there')
      assert.ok((await metric('push_queued_total')) > 4, 'events came again')

      await house.stack.kill('flow-engine')
      await client.query(`delete from reactions.checkpoints where name = 'push'`)
      await house.stack.start('flow-engine')
      await eventually(async () => {
        const { rows } = await client.query(`select 1 from reactions.checkpoints where name = 'push'`)
        assert.equal(rows.length, 1)
      })
      await say(app, 'After')
      await shows(app, 'Before', 'While nobody was there', 'After')
      assert.equal(await metric('push_queued_total'), 2)
    } finally {
      await client.end()
    }
  })

  it('end for a device whose token is dead', async () => {
    const app = await install()
    google.answers.set(app.fcm, [refusal(404, 'UNREGISTERED')])
    await say(app, 'One')
    await eventually(async () => assert.deepEqual(await devicesOf(app), ['apns']))
    apple.answers.set(app.apns, [{ status: 410, reason: 'Unregistered' }])
    await say(app, 'Two')
    await eventually(async () => assert.deepEqual(await devicesOf(app), []))
    assert.equal(await metric('push_devices_dropped_total'), 2)
    assert.equal(shownBy(app).fcm.length, 1)
  })

  it('are tried again, then kept, listed, and sent when somebody says so', async () => {
    const app = await install()
    google.answers.set(app.fcm, [refusal(503, 'UNAVAILABLE')])
    apple.answers.set(
      app.apns,
      Array.from({ length: 3 }, () => ({ status: 500, reason: 'InternalServerError' })),
    )
    await say(app, 'Again and again')
    const [dead] = await eventually(async () => {
      const listed = await cli('list')
      assert.equal(listed.length, 1)
      return listed
    })
    assert.deepEqual([dead.tries, dead.why, dead.data.platform], [3, 'APNs answered 500 InternalServerError', 'apns'])
    assert.deepEqual([shownBy(app).fcm.length, shownBy(app).apns.length], [2, 3])
    assert.match(await run(house.stack, 'flow-engine/push/cli.js'), /APNs answered 500 InternalServerError/)
    await eventually(async () => assert.equal(await metric('push_dead_letters'), 1))
    await assert.rejects(cli('discard', 'none'), /ended with 1: .*"missing": \[\s+"none"/s)
    assert.deepEqual(await cli('retry', dead.id), { done: [dead.id], missing: [] })
    await eventually(() => assert.equal(shownBy(app).apns.length, 4))
    assert.deepEqual(await cli('list'), [])
    apple.answers.set(app.apns, [{ status: 400, reason: 'TopicDisallowed' }])
    await say(app, 'Not allowed')
    await eventually(async () => assert.equal((await cli('list')).length, 1))
    assert.equal((await cli('discard', 'all')).done.length, 1)
    assert.deepEqual(await cli('list'), [])
  })

  it('wait while Redis is away, which keeps nobody from stopping', async () => {
    const { stack } = house
    const app = await install()
    await stack.kill('redis')
    await say(app, 'Without Redis')
    await stack.start('redis')
    await shows(app, 'Without Redis')
    await stack.kill('redis')
    await stack.kill('flow-engine', 'SIGTERM')
    await stack.start('redis')
    await stack.start('flow-engine')
    await say(app, 'With Redis')
    await shows(app, 'Without Redis', 'With Redis')
    assert.ok(!lines.some((line) => /uncaught|unhandled|took too long/.test(line)))
  })

  it('leave neither secrets nor tokens nor words in the logs', async () => {
    const hidden = [
      ...account.private_key.split('\n').slice(1, 3),
      ...provider.privateKey.split('\n').slice(1, 2),
      ...google.pushes.map(({ token }) => token),
      ...apple.pushes.map(({ token }) => token),
      ...apple.shown,
      'access-1',
      'Again and again',
    ]
    assert.ok(hidden.length > 20)
    assert.ok(lines.some((line) => line.includes('a push was given up')))
    const text = lines.join('\n')
    assert.deepEqual(
      hidden.filter((secret) => text.includes(secret)),
      [],
    )
  })
})
