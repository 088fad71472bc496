import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import type { Caller } from '../../schemas/caller.ts'
import { eventually } from '../local/testing/eventually.ts'
import { createInternalTokens } from '../runtime/auth/internal-tokens.ts'
import type { Config } from '../runtime/config.ts'
import type { Serving } from '../runtime/http/server.ts'
import { createApiKeys } from './identity/api-keys.ts'
import { createCookieSessions } from './identity/cookie-sessions.ts'
import { createUsers } from './identity/users.ts'
import { type Door, openDoor, type Stores, silent, startEcho, startStores } from './testing/house.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'
const id = '22222222-2222-4222-8222-222222222222'
const ada = { id, workspaceId, email: 'ada@example.com', name: 'Ada', role: 'admin' } as const
const password = 'correct horse'
const said = `/api/conversations/${id}/messages`

describe('the session cookie', () => {
  let stores: Stores
  let echo: Serving
  let realtime: Server
  let upgraded: IncomingMessage | undefined
  let over: Partial<Config>
  let door: Door
  before(async () => {
    stores = await startStores()
    echo = await startEcho(stores.config)
    realtime = createServer().listen(0)
    new WebSocketServer({ server: realtime }).on('connection', (socket, request) => {
      upgraded = request
      socket.close()
    })
    const upstream = `http://127.0.0.1:${echo.port}`
    const realtimeUrls = [`http://127.0.0.1:${(realtime.address() as AddressInfo).port}`]
    over = { rateLimits: 'off', commandApiUrl: upstream, queryApiUrl: upstream, realtimeUrls }
    door = await openDoor(stores, { ...over, corsOrigins: ['*', 'https://console.example'] })
    await createUsers(stores.database).create({ ...ada, password })
  })
  after(async () => {
    await door.stop()
    realtime.closeAllConnections()
    realtime.close()
    await echo.stop(500)
    await stores.stop()
  })

  const call = async (method: string, path: string, headers: Record<string, string> = {}, body?: string, at = door) => {
    const type = body === undefined ? [] : [['content-type', 'application/json']]
    const all = Object.fromEntries([...type, ...Object.entries(headers)])
    const response = await fetch(at.url + path, { method, headers: all, body: body ?? null })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  const logIn = (headers = {}, at = door) =>
    call('POST', '/auth/login', headers, JSON.stringify({ email: ada.email, password }), at)
  const begin = async () => {
    const { headers, body } = await logIn()
    return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '', csrf: String(body.csrfToken) }
  }
  const agent = { kind: 'agent', id, workspaceId, role: 'admin', email: ada.email }

  it('is set for this host alone, out of reach of scripts and of other sites, and over https alone in production', async () => {
    const { status, headers, body } = await logIn()
    assert.deepEqual([status, body.user], [200, ada])
    assert.match(
      headers.get('set-cookie') ?? '',
      /^session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const production = await openDoor(stores, { ...over, environment: 'production' })
    assert.match((await logIn({}, production)).headers.get('set-cookie') ?? '', /; HttpOnly; Secure; SameSite=Lax$/)
    await production.stop()
  })

  it('is set by a form too', async () => {
    const form = new URLSearchParams({ email: ada.email, password, csrf_token: 'from the page' })
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal((await call('POST', '/auth/login', type, form.toString())).status, 200)
  })

  it('stands for its person, and is never shown to a service', async () => {
    const { cookie } = await begin()
    const { body } = await call('GET', '/api/conversations', { cookie: `theme=dark; ${cookie}` })
    assert.deepEqual(body.caller, agent)
    assert.equal(body.headers.cookie, undefined)
    const [row] = await stores.database('identity.sessions').select('token_hash')
    assert.equal(row.token_hash.length, 32, 'only a hash is stored')
  })

  it('changes nothing without the CSRF token of its own session', async () => {
    const [one, other] = [await begin(), await begin()]
    const send = (headers: Record<string, string>) =>
      call('POST', said, { cookie: one.cookie, ...headers }, '{"content":"hi"}')
    const wrong: Record<string, string>[] = [{}, ...[other.csrf, '', 'null'].map((one) => ({ 'x-csrftoken': one }))]
    for (const headers of wrong) {
      const { status, body } = await send(headers)
      assert.equal(status, 403)
      assert.match(body.detail, /X-CSRFToken .*GET \/auth\/csrf/)
    }
    const { body } = await call('GET', '/auth/csrf', { cookie: one.cookie })
    assert.equal(body.csrfToken, one.csrf)
    const sent = await send({ 'x-csrftoken': one.csrf })
    assert.deepEqual([sent.status, sent.body.caller], [200, agent])
    assert.equal(sent.body.headers['x-csrftoken'], undefined)
  })

  it('is nobody’s after the log-out, which needs the CSRF token as well', async () => {
    const { cookie, csrf } = await begin()
    assert.equal((await call('POST', '/auth/logout', { cookie })).status, 403)
    const ended = await call('POST', '/auth/logout', { cookie, 'x-csrftoken': csrf })
    assert.equal(ended.status, 204)
    assert.match(ended.headers.get('set-cookie') ?? '', /^session=; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax$/)
    for (const path of ['/api/conversations', '/auth/csrf'])
      assert.equal((await call('GET', path, { cookie })).status, 401)
    const sent = await call('POST', said, { cookie, 'x-csrftoken': csrf }, '{"content":"hi"}')
    assert.deepEqual([sent.status, sent.body.caller], [200, { kind: 'anonymous' }])
    assert.equal((await call('POST', '/auth/logout', { cookie })).status, 204, 'once more, without harm')
  })

  it('ends with the log-in after it', async () => {
    const { cookie } = await begin()
    await logIn({ cookie })
    assert.equal((await call('GET', '/api/conversations', { cookie })).status, 401)
  })

  it('counts less than a bearer credential, also than a wrong one', async () => {
    const { cookie } = await begin()
    const { id: keyId, key } = await createApiKeys(stores.database, silent).create({
      workspaceId,
      name: 'CRM',
      scopes: ['write'],
    })
    const sent = await call('POST', said, { cookie, authorization: `Bearer ${key}` }, '{"content":"hi"}')
    assert.deepEqual([sent.status, sent.body.caller.id], [200, keyId])
    assert.equal((await call('GET', '/api/conversations', { cookie, authorization: 'Bearer x' })).status, 401)
    const csrf = await call('GET', '/auth/csrf', { cookie, authorization: `Bearer ${key}` })
    assert.equal(csrf.status, 403)
  })

  it('lasts seven days from its last use, and thirty in all', async () => {
    const day = 86_400_000
    const opened = Date.now()
    let now = opened
    const sessions = createCookieSessions(stores.database, silent, { now: () => now })
    const token = await sessions.open(ada)
    const row = () => stores.database('identity.sessions').where({ user_id: id }).max('expires_at as last').first()
    for (const at of [6, 12, 18, 24, 29]) {
      now = opened + at * day
      assert.equal((await sessions.callerOf(token))?.id, id, `on day ${at}`)
      const due = opened + Math.min(at + 7, 30) * day
      await eventually(async () => assert.equal((await row())?.last.getTime(), due))
      sessions.forget()
    }
    now = opened + 30 * day
    assert.equal(await sessions.callerOf(token), undefined)
    const idle = await sessions.open(ada)
    now += 7 * day
    assert.equal(await sessions.callerOf(idle), undefined)
  })

  describe('and pages of others', () => {
    const foreign = { origin: 'https://evil.example' }

    it('logs nobody in from them, and leads nowhere', async () => {
      assert.equal((await logIn(foreign)).status, 403)
      assert.equal((await logIn({ origin: 'null' })).status, 403)
      assert.equal((await logIn({ origin: door.url })).status, 200)
      assert.equal((await logIn({ origin: 'https://console.example' })).status, 200)
      const led = await call(
        'POST',
        '/auth/login?next=https://evil.example',
        {},
        JSON.stringify({ email: ada.email, password }),
      )
      assert.deepEqual([led.status, led.headers.get('location')], [400, null])
    })

    it('is shared with those that are listed by name, never with all', async () => {
      const grant = async (origin: string) => {
        const { headers } = await call('GET', '/openapi.json', { origin })
        return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]
      }
      assert.deepEqual(await grant('https://console.example'), ['https://console.example', 'true'])
      assert.deepEqual(await grant('https://evil.example'), ['*', null])
      const preflight = await call('OPTIONS', said, {
        origin: 'https://console.example',
        'access-control-request-method': 'POST',
      })
      assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /X-CSRFToken/)
    })

    it('opens sockets from our own pages, and is nobody’s from others', async () => {
      const { cookie } = await begin()
      const tokens = createInternalTokens(stores.config.internalSecret)
      const callerFrom = async (headers: Record<string, string>): Promise<Caller> => {
        const socket = new WebSocket(`${door.url.replace('http', 'ws')}/realtime`, { headers: { cookie, ...headers } })
        await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
        const token = upgraded?.headers.authorization?.slice('Bearer '.length)
        assert.equal(upgraded?.headers.cookie, undefined)
        return token === undefined ? { kind: 'anonymous' } : tokens.read(token)
      }
      const ours: Record<string, string>[] = [{ origin: door.url }, { origin: 'https://console.example' }, {}]
      for (const headers of ours) {
        const caller = await callerFrom(headers)
        assert(caller.kind === 'agent')
        assert.ok((caller.expiresAt ?? 0) <= Date.now() / 1000 + stores.config.accessTokenSeconds, 'it ends some time')
      }
      for (const origin of ['https://evil.example', 'null', `${door.url}.evil.example`]) {
        assert.deepEqual(await callerFrom({ origin }), { kind: 'anonymous' }, origin)
      }
    })
  })

  describe('and those who guess', () => {
    let strict: Door
    before(async () => {
      strict = await openDoor(stores, { ...over, rateLimits: 'on', rateLimitWidget: 1000 })
    })
    after(() => strict.stop())

    const six = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const statuses: number[] = []
      for (let n = 0; n < 6; n++)
        statuses.push((await call('POST', path, headers, JSON.stringify(body), strict)).status)
      return statuses
    }

    it('are slowed at each door, alike for known and unknown people', async () => {
      const { access_token: token } = (
        await call(
          'POST',
          '/auth/v1/token?grant_type=password',
          {},
          JSON.stringify({ email: ada.email, password }),
          strict,
        )
      ).body
      const slowed = [400, 400, 400, 400, 400, 429]
      assert.deepEqual(await six('/auth/login', { email: 'nobody@example.com', password }), slowed)
      assert.deepEqual(
        await six(
          '/api/settings/password',
          { currentPassword: 'wrong', newPassword: 'battery staple' },
          { authorization: `Bearer ${token}` },
        ),
        slowed,
      )
      assert.equal((await logIn({}, strict)).status, 429, 'by whatever door, it is one account')
      const link = { token: 'x'.repeat(43), password: 'battery staple' }
      assert.deepEqual(await six('/auth/password', link), [410, 410, 410, 410, 410, 429])
    })
  })

  it('has nothing to do with the figures of the process, which are for this host', async () => {
    assert.equal((await fetch(`${door.url}/metrics`)).status, 200)
    for (const [name, value] of [
      ['x-forwarded-for', '127.0.0.1'],
      ['forwarded', 'for=127.0.0.1'],
    ] as const) {
      assert.equal((await call('GET', '/metrics', { [name]: value })).status, 404)
    }
    const open = await openDoor(stores, { ...over, metricsPublic: 'on' })
    assert.equal((await fetch(`${open.url}/metrics`, { headers: { 'x-forwarded-for': '8.8.8.8' } })).status, 200)
    await open.stop()
  })
})
