import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
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
  })
})
