import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import type { Serving } from '../../runtime/http/server.ts'
import { type Door, openDoor, type Stores, startEcho, startStores } from '../testing/house.ts'

const id = '11111111-1111-4111-8111-111111111111'
const email = 'ada@example.com'

interface Seen {
  method: string
  url: string
  type: string | undefined
  authorization: string | undefined
  body: unknown
}

/** A GoTrue as Supabase runs it, as far as we speak to it: it refuses whatever it would not understand. */
describe('a real GoTrue', () => {
  let stores: Stores
  let echo: Serving
  let goTrue: Server
  let door: Door
  let accessToken: string
  let seen: Seen[]

  const user = {
    id,
    aud: 'authenticated',
    role: 'authenticated',
    email,
    email_confirmed_at: '2026-01-01T00:00:00Z',
    app_metadata: { provider: 'email', providers: ['email'], workspace_id: id, role: 'admin' },
    user_metadata: { name: 'Ada' },
    identities: [],
  }
  const tokens = () => ({ access_token: accessToken, token_type: 'bearer', expires_in: 60, refresh_token: 'r1', user })
  const wrong = { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' }

  function answer({ method, url, type, authorization, body }: Seen): [status: number, body?: unknown] {
    const route = `${method} ${url}`
    if (method === 'POST' && url.startsWith('/token') && type !== 'application/json') return [400, wrong]
    const given = JSON.stringify(body)
    if (route === 'POST /token?grant_type=password') {
      if (given === JSON.stringify({ email, password: 'correct horse' })) return [200, tokens()]
      if (given === JSON.stringify({ email, password: 'no workspace' })) {
        return [200, { ...tokens(), user: { ...user, app_metadata: { provider: 'email' } } }]
      }
      return [400, wrong]
    }
    if (route === 'POST /token?grant_type=refresh_token') {
      return given === JSON.stringify({ refresh_token: 'r1' }) ? [200, tokens()] : [400, wrong]
    }
    if (authorization !== `Bearer ${accessToken}`)
      return [401, { code: 401, msg: 'This endpoint requires a Bearer token' }]
    if (route === 'GET /user') return [200, user]
    if (method === 'POST' && /^\/logout\?scope=(local|global|others)$/.test(url)) return [204]
    return [404, { code: 404, msg: 'Not found' }]
  }

  before(async () => {
    stores = await startStores()
    echo = await startEcho(stores.config)
    seen = []
    accessToken = await new SignJWT({ email, app_metadata: { workspace_id: id, role: 'admin' } })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(id)
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(stores.config.goTrueSecret))
    goTrue = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      const { method = '', url = '', headers } = request
      const { 'content-type': type, authorization } = headers
      const asked = { method, url, type, authorization, body: text === '' ? undefined : JSON.parse(text) }
      seen.push(asked)
      const [status, body] = answer(asked)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    }).listen(0)
    const { port } = goTrue.address() as AddressInfo
    const upstream = `http://127.0.0.1:${echo.port}`
    door = await openDoor(stores, {
      goTrueUrl: `http://127.0.0.1:${port}/`,
      commandApiUrl: upstream,
      queryApiUrl: upstream,
      rateLimitWidget: 1000,
    })
  })
  after(async () => {
    await door.stop()
    goTrue.closeAllConnections()
    goTrue.close()
    await echo.stop(500)
    await stores.stop()
  })

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(door.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  const bearer = () => ({ authorization: `Bearer ${accessToken}` })

  it('issues the tokens, which open what they should', async () => {
    const got = await call('POST', '/auth/v1/token?grant_type=password', { email, password: 'correct horse' })
    assert.equal(got.status, 200)
    const { expires_at, ...rest } = got.body
    assert.deepEqual(rest, tokens())
    assert.ok(expires_at > 1_700_000_000, 'an older GoTrue does not say when')
    assert.equal((await call('GET', '/api/conversations', undefined, bearer())).body.caller.id, id)
    assert.equal((await call('POST', '/auth/v1/token?grant_type=refresh_token', { refresh_token: 'r1' })).status, 200)
  })

  it('says who is wrong in its own words', async () => {
    const got = await call('POST', '/auth/v1/token?grant_type=password', { email, password: 'wrong' })
    assert.deepEqual([got.status, got.body.msg, got.body.error_code], [400, wrong.msg, wrong.error_code])
  })

  it('may know people who are in no workspace: they are told so', async () => {
    const got = await call('POST', '/auth/v1/token?grant_type=password', { email, password: 'no workspace' })
    assert.equal(got.status, 400)
    assert.match(got.body.detail, /member of no workspace/)
  })

  it('tells who the token stands for, and ends its session', async () => {
    const found = await call('GET', '/auth/v1/user', undefined, bearer())
    assert.deepEqual([found.status, found.body.app_metadata.role], [200, 'admin'])
    assert.equal((await call('GET', '/auth/v1/user')).status, 401)
    assert.equal((await call('POST', '/auth/v1/logout', undefined, bearer())).status, 204)
    assert.equal((await call('POST', '/auth/v1/logout?scope=global', undefined, bearer())).status, 204)
    assert.deepEqual(
      seen.filter(({ url }) => url.startsWith('/logout')).map(({ url }) => url),
      ['/logout?scope=local', '/logout?scope=global'],
    )
  })

  it('checks the password of a log-in by cookie', async () => {
    const got = await call('POST', '/auth/login', { email, password: 'correct horse' })
    assert.deepEqual(got.body.user, { id, workspaceId: id, email, role: 'admin', name: 'Ada' })
    const cookie = got.headers.get('set-cookie')?.split(';')[0] ?? ''
    assert.equal((await call('GET', '/api/conversations', undefined, { cookie })).body.caller.id, id)
    assert.equal((await call('POST', '/auth/login', { email, password: 'wrong' })).status, 400)
  })

  it('keeps the passwords: ours refuse to be set', async () => {
    const change = { currentPassword: 'correct horse', newPassword: 'battery staple' }
    const changed = await call('POST', '/api/settings/password', change, bearer())
    const set = await call('POST', '/auth/password', { token: 'x', password: 'battery staple' })
    assert.deepEqual([changed.status, set.status], [403, 403])
    const invited = await call('POST', '/api/agents', { email: 'bob@example.com', name: 'Bob' }, bearer())
    assert.equal(invited.status, 400)
    assert.match(invited.body.detail, /id is required: make the person in GoTrue/)
  })

  it('may be away', async () => {
    goTrue.closeAllConnections()
    await new Promise((resolve) => goTrue.close(resolve))
    for (const path of ['/auth/v1/token?grant_type=password', '/auth/login']) {
      assert.equal((await call('POST', path, { email, password: 'correct horse' })).status, 503, path)
    }
  })
})
