import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { Rejection } from '../../../schemas/rejection.ts'
import { createAccessTokens } from './access-tokens.ts'

const id = '6f1e2f0a-0000-4000-8000-00000000000a'
const claims = { sub: id, email: 'a@b.example', app_metadata: { workspace_id: id, role: 'agent' } }
const config = {
  goTrueSecret: 'gotrue-secret-gotrue-secret-gotrue',
  jwksUrl: undefined,
  accessTokenSeconds: 60,
  publicUrl: 'http://localhost',
}
const refused = (code: string) => (error: unknown) => error instanceof Rejection && error.code === code
const user = { id, workspaceId: id, email: 'a@b.example', name: 'Ada', role: 'agent' } as const

describe('access tokens', () => {
  let server: Server
  let jwksUrl: string
  let pair: Awaited<ReturnType<typeof generateKeyPair>>
  before(async () => {
    pair = await generateKeyPair('RS256', { extractable: true })
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' }
    server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] }))).listen(0)
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const issued = (kid = 'k1') =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).setExpirationTime('1h').sign(pair.privateKey)

  it('of our own stand for their user until they expire, cached or not', async () => {
    let now = Date.now()
    const tokens = createAccessTokens(config, () => now)
    const { token, expiresAt } = await tokens.issue(user, id)
    for (let i = 0; i < 2; i++) {
      const caller = await tokens.callerOf(token)
      assert.deepEqual(caller, { kind: 'agent', id, workspaceId: id, role: 'agent', email: 'a@b.example', expiresAt })
    }
    now += 61_000
    await assert.rejects(tokens.callerOf(token), refused('unauthenticated'))
  })

  it('of another issuer are checked with the keys that it publishes', async () => {
    const tokens = createAccessTokens({ ...config, jwksUrl })
    assert.equal((await tokens.callerOf(await issued())).kind, 'agent')
    await assert.rejects(tokens.callerOf(await issued('k2')), refused('unauthenticated'), 'an unknown key')
    await assert.rejects(createAccessTokens(config).callerOf(await issued()), refused('unauthenticated'), 'no issuer')
  })

  for (const alg of ['RS256', 'ES256']) {
    it(`signed with ${alg} are read with each key that the issuer has published meanwhile`, async () => {
      const keys: JWK[] = []
      const publish = async (kid: string) => {
        const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
        keys.push({ ...(await exportJWK(publicKey)), kid, alg })
        return () =>
          new SignJWT({ ...claims, jti: randomUUID() })
            .setProtectedHeader({ alg, kid })
            .setExpirationTime('1h')
            .sign(privateKey)
      }
      const issuer = createServer((_request, response) => response.end(JSON.stringify({ keys }))).listen(0)
      const { port } = issuer.address() as AddressInfo
      const tokens = createAccessTokens({ ...config, jwksUrl: `http://127.0.0.1:${port}` }, Date.now, { pauseMs: 0 })
      const old = await publish('old')
      assert.equal((await tokens.callerOf(await old())).id, id)
      const young = await publish('young')
      assert.equal((await tokens.callerOf(await young())).id, id, 'the new key is fetched')
      assert.equal((await tokens.callerOf(await old())).id, id, 'the old one holds until it is gone')
      keys.shift()
      await publish('youngest').then(async (sign) => tokens.callerOf(await sign()))
      await assert.rejects(tokens.callerOf(await old()), refused('unauthenticated'))
      issuer.closeAllConnections()
      issuer.close()
    })
  }

  it('are never checked with a public key taken for a secret', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(pair.publicKey))
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setExpirationTime('1h')
      .sign(secret)
    await assert.rejects(createAccessTokens({ ...config, jwksUrl }).callerOf(confused), refused('unauthenticated'))
  })

  it('cannot be told right or wrong while the issuer is away', async () => {
    const tokens = createAccessTokens({ ...config, jwksUrl: 'http://127.0.0.1:1/jwks' })
    await assert.rejects(tokens.callerOf(await issued()), refused('unavailable'))
    const page = createServer((_request, response) => response.end('<h1>Not the keys</h1>')).listen(0)
    const elsewhere = `http://127.0.0.1:${(page.address() as AddressInfo).port}`
    const lost = createAccessTokens({ ...config, jwksUrl: elsewhere })
    await assert.rejects(lost.callerOf(await issued()), refused('unavailable'))
    page.closeAllConnections()
    page.close()
  })
})
