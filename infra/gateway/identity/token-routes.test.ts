import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import type { TokenAnswer } from '../../../schemas/identity/resource.ts'
import type { Serving } from '../../runtime/http/server.ts'
import { type Door, openDoor, type Stores, startEcho, startStores } from '../testing/house.ts'
import { createUsers } from './users.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'

describe('POST /auth/v1/token', () => {
  let stores: Stores
  let door: Door
  let echo: Serving
  let upstream: { commandApiUrl: string; rateLimitWidget: number }
  before(async () => {
    stores = await startStores()
    echo = await startEcho(stores.config)
    upstream = { commandApiUrl: `http://127.0.0.1:${echo.port}`, rateLimitWidget: 1000 }
    door = await openDoor(stores, upstream)
    const user = {
      workspaceId,
      email: 'ada@example.com',
      name: 'Ada',
      role: 'admin',
      password: 'correct horse',
    } as const
    await createUsers(stores.database).create(user)
  })
  after(async () => {
    await door.stop()
    await echo.stop(500)
    await stores.stop()
  })

  const ask = (grant: string, body: unknown, at = door) =>
    fetch(`${at.url}/auth/v1/token${grant}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const password = '?grant_type=password'
  const refresh = '?grant_type=refresh_token'

  it('answers as GoTrue does, and its token opens what needs one', async () => {
    const response = await ask(password, {
      email: 'Ada@example.com',
      password: 'correct horse',
      gotrue_meta_security: {},
    })
    assert.equal(response.status, 200)
    const tokens = (await response.json()) as TokenAnswer
    assert.equal(tokens.token_type, 'bearer')
    assert.equal(tokens.expires_in, 3600)
    assert.deepEqual(tokens.user.app_metadata, { workspace_id: workspaceId, role: 'admin' })
    const claims = decodeJwt(tokens.access_token)
    assert.equal(claims.sub, tokens.user.id)
    assert.equal(claims.exp, tokens.expires_at)
    const listed = await fetch(`${door.url}/api/conversations`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal(listed.status, 503, 'let through, to a service that does not run')
  })

  it('trades a refresh token once', async () => {
    const first = (await (
      await ask(password, { email: 'ada@example.com', password: 'correct horse' })
    ).json()) as TokenAnswer
    const second = await ask(refresh, { refresh_token: first.refresh_token })
    assert.equal(second.status, 200)
    assert.equal((await ask(refresh, { refresh_token: first.refresh_token })).status, 400)
  })

  it('refuses a wrong password and an unknown address with the same words', async () => {
    const wrong = await ask(password, { email: 'ada@example.com', password: 'nope' })
    const unknown = await ask(password, { email: 'eve@example.com', password: 'nope' })
    for (const response of [wrong, unknown]) {
      assert.equal(response.status, 400)
      const { traceId: _, ...problem } = (await response.json()) as Record<string, unknown>
      assert.deepEqual(problem, {
        type: 'urn:parley:problem:invalid-grant',
        title: 'Invalid credentials',
        status: 400,
        detail: 'Invalid login credentials',
        error: 'Invalid login credentials',
        error_code: 'invalid_credentials',
        msg: 'Invalid login credentials',
        error_description: 'Invalid login credentials',
      })
    }
  })

  const bad: [string, string, unknown, RegExp][] = [
    ['no grant_type', '', {}, /grant_type is required/],
    ['an unknown grant_type', '?grant_type=magic', {}, /grant_type must be one of password, refresh_token/],
    ['no email', password, { password: 'x' }, /email is required for grant_type=password/],
    ['no password', password, { email: 'a@b.example' }, /password is required/],
    ['an email that is none', password, { email: 'ada', password: 'x' }, /email must be a valid email/],
    ['no refresh token', refresh, {}, /refresh_token is required/],
    ['a field too many', password, { email: 'a@b.example', password: 'x', otp: 1 }, /otp is not a known field/],
    ['a NUL in the password', password, { email: 'a@b.example', password: 'x\u0000' }, /password must not contain NUL/],
  ]
  for (const [what, grant, body, words] of bad) {
    it(`refuses ${what}`, async () => {
      const response = await ask(grant, body)
      assert.equal(response.status, 400)
      assert.match(((await response.json()) as { detail: string }).detail, words)
    })
  }

  it('slows guessing', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 6; i++)
      statuses.push((await ask(password, { email: 'carl@example.com', password: 'no' })).status)
    assert.deepEqual(statuses, [400, 400, 400, 400, 400, 429])
    const response = await ask(password, { email: 'carl@example.com', password: 'no' })
    assert.ok(Number(response.headers.get('retry-after')) >= 1)
  })

  it('asks a real GoTrue where there is one', async () => {
    const goTrue = createServer((request, response) => {
      const right = request.url === '/token?grant_type=refresh_token'
      response.writeHead(right ? 200 : 400, { 'content-type': 'application/json' })
      response.end(JSON.stringify(right ? tokens : { code: 400, error_code: 'invalid_credentials', msg: 'No, never' }))
    }).listen(0)
    const user = { id: workspaceId, aud: 'authenticated', role: 'authenticated', email: 'ada@example.com' }
    const metadata = { app_metadata: { workspace_id: workspaceId, role: 'admin' }, user_metadata: { name: 'Ada' } }
    const times = { expires_in: 60, expires_at: 1_900_000_000 }
    const tokens = {
      access_token: 'a',
      token_type: 'bearer',
      ...times,
      refresh_token: 'r',
      user: { ...user, ...metadata },
    }
    const { port } = goTrue.address() as AddressInfo
    const front = await openDoor(stores, { ...upstream, goTrueUrl: `http://127.0.0.1:${port}` })
    assert.deepEqual(await (await ask(refresh, { refresh_token: 'r' }, front)).json(), tokens)
    const refused = await ask(password, { email: 'ada@example.com', password: 'x' }, front)
    assert.equal(refused.status, 400)
    assert.equal(((await refused.json()) as { msg: string }).msg, 'No, never')
    goTrue.closeAllConnections()
    await new Promise((resolve) => goTrue.close(resolve))
    assert.equal((await ask(refresh, { refresh_token: 'r' }, front)).status, 503)
    await front.stop()
  })
})
