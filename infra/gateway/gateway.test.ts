import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { decodeJwt, SignJWT } from 'jose'
import type { Caller } from '../../schemas/caller.ts'
import { createVisitorTokens } from '../runtime/auth/visitor-tokens.ts'
import type { Serving } from '../runtime/http/server.ts'
import { createApiKeys } from './identity/api-keys.ts'
import { type Door, openDoor, type Stores, silent, startEcho, startStores } from './testing/house.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'
const id = '22222222-2222-4222-8222-222222222222'
const path = `/api/conversations/${id}/messages`

interface Echoed {
  caller: Caller
  headers: Record<string, string>
  trace: string
}

describe('the gateway', () => {
  let stores: Stores
  let echo: Serving
  let door: Door
  before(async () => {
    stores = await startStores()
    echo = await startEcho(stores.config)
    const upstream = `http://127.0.0.1:${echo.port}`
    door = await openDoor(stores, { rateLimits: 'off', commandApiUrl: upstream, queryApiUrl: upstream })
  })
  after(async () => {
    await door.stop()
    await echo.stop(500)
    await stores.stop()
  })

  const post = (headers: Record<string, string> = {}, body = '{"content":"hi"}') =>
    fetch(door.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
  const echoed = async (headers: Record<string, string> = {}): Promise<Echoed> => {
    const response = await post(headers)
    assert.equal(response.status, 200)
    return (await response.json()) as Echoed
  }
  const sign = (claims: Record<string, unknown>, secret = stores.config.goTrueSecret) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret))
  const claims = { sub: id, email: 'ada@example.com', app_metadata: { workspace_id: workspaceId, role: 'admin' } }

  describe('who calls', () => {
    it('is nobody without a credential', async () => {
      const { caller, headers } = await echoed()
      assert.deepEqual(caller, { kind: 'anonymous' })
      assert.equal(headers.authorization, undefined)
    })

    it('is an agent by the access token, which the service never sees', async () => {
      const token = await sign(claims)
      const { caller, headers } = await echoed({ authorization: `Bearer ${token}` })
      const expiresAt = decodeJwt(token).exp
      assert.deepEqual(caller, { kind: 'agent', id, workspaceId, role: 'admin', email: 'ada@example.com', expiresAt })
      assert.notEqual(headers.authorization, `Bearer ${token}`)
    })

    it('is a visitor by the visitor token', async () => {
      const visitor = { workspaceId, conversationId: id, contactId: id, visitorId: 'v-1' }
      const token = await createVisitorTokens(stores.config.visitorSecret).issueVisitorToken(visitor)
      assert.deepEqual((await echoed({ authorization: `Bearer ${token}` })).caller, { kind: 'visitor', ...visitor })
    })

    it('is another system by its API key', async () => {
      const keys = createApiKeys(stores.database, silent)
      const { id, key } = await keys.create({ workspaceId, name: 'CRM', scopes: ['write'] })
      const { caller } = await echoed({ authorization: `Bearer ${key}` })
      assert.deepEqual(caller, { kind: 'apiKey', id, workspaceId, scopes: ['write'] })
    })

    const forged: Record<string, () => Promise<string> | string> = {
      'no token at all': () => 'hello',
      'an unknown API key': () => `pk_${'a'.repeat(43)}`,
      'signed with another secret': () => sign(claims, 'x'.repeat(32)),
      'signed with nothing': () => `${base64({ alg: 'none' })}.${base64({ ...claims, exp: 9999999999 })}.`,
      'without workspace': () => sign({ sub: id, email: 'a@b.c', app_metadata: { role: 'admin' } }),
      'with a role that is none': () =>
        sign({ ...claims, app_metadata: { workspace_id: workspaceId, role: 'superuser' } }),
      expired: () => expired(claims, stores.config.goTrueSecret),
      'a visitor token that is forged': () => sign({ aud: 'parley-visitor', iss: 'parley' }),
      'an internal token': () => sign({ caller: { kind: 'system', id: 'x' } }, stores.config.internalSecret),
    }
    for (const [what, make] of Object.entries(forged)) {
      it(`is refused with a credential that is ${what}`, async () => {
        const response = await post({ authorization: `Bearer ${await make()}` })
        assert.equal(response.status, 401)
        assert.match(response.headers.get('www-authenticate') ?? '', /invalid_token/)
        assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8')
      })
    }

    it('is the gateway’s to say: the client’s word for it is dropped', async () => {
      const { headers, caller } = await echoed({
        'x-internal-caller': 'system',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil.example',
        cookie: 'session=1',
      })
      assert.deepEqual(caller, { kind: 'anonymous' })
      assert.equal(headers['x-internal-caller'], undefined)
      assert.equal(headers['x-forwarded-host'], undefined)
      assert.equal(headers.cookie, undefined)
      assert.equal(headers['x-forwarded-for'], '127.0.0.1')
    })
  })

  describe('what it passes on', () => {
    it('keeps the caller’s trace, answers with its id, and leaves the service’s headers as they are', async () => {
      const trace = 'a'.repeat(32)
      const response = await post({ traceparent: `00-${trace}-${'b'.repeat(16)}-01` })
      assert.equal(((await response.json()) as Echoed).trace, trace)
      assert.equal(response.headers.get('x-request-id'), trace)
      assert.equal(response.headers.get('etag'), '"7"')
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    })

    for (const hidden of [
      '/internal/workspaces',
      '//internal/workspaces',
      '/%69nternal/workspaces',
      '/api/../internal/workspaces',
      '/nowhere',
    ]) {
      it(`answers 404 for ${hidden}`, async () => {
        const answer = await raw(
          door.url,
          `POST ${hidden} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        )
        assert.match(answer, /^HTTP\/1\.1 404 /)
        assert.match(answer, /"type":"urn:parley:problem:not-found"/)
      })
    }

    it('answers 405 with Allow for a wrong method, and 204 with it for OPTIONS', async () => {
      const wrong = await fetch(door.url + path, { method: 'PUT' })
      assert.equal(wrong.status, 405)
      assert.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS, POST')
      assert.equal((await fetch(door.url + path, { method: 'OPTIONS' })).status, 204)
    })

    it('refuses a body over 1 MB before it is sent on', async () => {
      const response = await post({}, JSON.stringify({ content: 'x'.repeat(1_100_000) }))
      assert.equal(response.status, 413)
    })

    it('never lets a body become the next request of a connection', async () => {
      const inner = 'POST /internal/workspaces HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'
      const answer = await raw(
        door.url,
        `DELETE /api/conversations/${id}/tags/vip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
          `Transfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
      )
      assert.match(answer, /^HTTP\/1\.1 400 /)
    })

    it('closes the connection of a client that asks for it, and keeps that of one that does not', async () => {
      const ask = (header: string) => `GET /api/conversations/${id} HTTP/1.1\r\nHost: x\r\n${header}\r\n`
      const answers = await raw(door.url, `${ask('')}${ask('Connection: close\r\n')}`)
      assert.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, 2)
    })

    it('answers 503 with Retry-After when the service is away', async () => {
      const lonely = await openDoor(stores, { rateLimits: 'off', commandApiUrl: 'http://127.0.0.1:1' })
      const response = await fetch(`${lonely.url}/api/conversations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      assert.equal(response.status, 503)
      assert.equal(response.headers.get('retry-after'), '2')
      assert.equal(((await response.json()) as { type: string }).type, 'urn:parley:problem:unavailable')
      await lonely.stop()
    })
  })

  describe('browsers', () => {
    it('may call from every origin by default, and learn so by a preflight', async () => {
      const response = await fetch(door.url + path, {
        method: 'OPTIONS',
        headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
      })
      assert.equal(response.status, 204)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      assert.match(response.headers.get('access-control-allow-headers') ?? '', /Idempotency-Key/)
    })

    it('may call from the configured origins only', async () => {
      const strict = await openDoor(stores, { rateLimits: 'off', corsOrigins: ['https://shop.example'] })
      const from = async (origin: string) =>
        (await fetch(`${strict.url}/openapi.json`, { headers: { origin } })).headers.get('access-control-allow-origin')
      assert.equal(await from('https://shop.example'), 'https://shop.example')
      assert.equal(await from('https://evil.example'), null)
      await strict.stop()
    })
  })

  describe('pages', () => {
    it('show the API: the document, and Swagger UI from here alone', async () => {
      const document = (await (await fetch(`${door.url}/openapi.json`)).json()) as { paths: Record<string, unknown> }
      assert.ok(document.paths['/api/conversations/{id}/messages'])
      assert.ok(!Object.keys(document.paths).some((path) => path.startsWith('/internal')))
      const page = await fetch(`${door.url}/docs`)
      assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self'/)
      const linked = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
      assert.ok(linked.length >= 4)
      for (const link of linked) {
        assert.ok(link.startsWith('/docs/'), link)
        assert.equal((await fetch(door.url + link)).status, 200, link)
      }
    })

    it('are what is seen at the address that is shown at the start', async () => {
      const seen = await fetch(`${door.url}/`)
      assert.deepEqual([seen.status, new URL(seen.url).pathname], [200, '/docs'])
    })
  })
})

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function expired(claims: Record<string, unknown>, secret: string): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(1_700_000_000)
    .sign(new TextEncoder().encode(secret))
}

/** What comes back for bytes that fetch would not send. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
