import assert from 'node:assert/strict'
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

  it('tells whom a token stands for, and ends its session, all or all others', async () => {
    const signIn = async () =>
      (await (await ask(password, { email: 'ada@example.com', password: 'correct horse' })).json()) as TokenAnswer
    const lives = async ({ refresh_token }: TokenAnswer) => (await ask(refresh, { refresh_token })).status === 200
    const end = async ({ access_token }: TokenAnswer, scope: string) => {
      const headers = { authorization: `Bearer ${access_token}` }
      return (await fetch(`${door.url}/auth/v1/logout${scope}`, { method: 'POST', headers })).status
    }
    const [first, second, third] = [await signIn(), await signIn(), await signIn()]
    const headers = { authorization: `Bearer ${first.access_token}` }
    const found = await fetch(`${door.url}/auth/v1/user`, { headers })
    assert.deepEqual([found.status, await found.json()], [200, first.user])

    assert.equal(await end(first, ''), 204)
    assert.deepEqual([await lives(first), await lives(third)], [false, true])
    assert.equal(await end(second, '?scope=others'), 204)
    const fourth = await signIn()
    assert.equal(await lives(second), true)
    assert.equal(await end(fourth, '?scope=global'), 204)
    assert.deepEqual([await lives(fourth), await end(fourth, '?scope=elsewhere')], [false, 400])
    assert.equal((await fetch(`${door.url}/auth/v1/user`)).status, 401)
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
})
