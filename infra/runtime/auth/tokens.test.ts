import assert from 'node:assert/strict'
import { SignJWT, UnsecuredJWT } from 'jose'
import type { Caller } from '../../../schemas/caller.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import { createInternalTokens } from './internal-tokens.ts'
import { createVisitorTokens } from './visitor-tokens.ts'

const secret = 'internal-secret-internal-secret-'
const id = '6f1e2f0a-0000-4000-8000-00000000000a'
const agent: Caller = { kind: 'agent', id, workspaceId: id, role: 'agent', email: 'a@b.example' }
const refused = (error: unknown) => error instanceof Rejection && error.code === 'unauthenticated'

describe('internal tokens', () => {
  const callers: Caller[] = [
    { kind: 'anonymous' },
    { kind: 'visitor', workspaceId: id, conversationId: id, contactId: id, visitorId: 'v' },
    agent,
    { kind: 'apiKey', id, workspaceId: id, scopes: ['import', 'write'] },
    { kind: 'system', id: 'demo' },
    { kind: 'system', id: 'flow-engine', workspaceId: id },
  ]
  for (const caller of callers) {
    it(`carry ${'id' in caller ? `${caller.kind} ${caller.id}` : caller.kind} to another process`, async () => {
      const token = await createInternalTokens(secret).issue(caller)
      assert.deepEqual(await createInternalTokens(secret).read(token), caller)
    })
  }

  it('are the same string while fresh, another one before they expire, and refused after', async () => {
    let now = 1_800_000_000_000
    const tokens = createInternalTokens(secret, () => now)
    const first = await tokens.issue(agent)
    assert.equal(await tokens.issue({ ...agent }), first)
    assert.notEqual(await tokens.issue({ ...agent, role: 'admin' }), first)
    now += 4 * 60_000
    const second = await tokens.issue(agent)
    assert.notEqual(second, first)
    assert.deepEqual(await tokens.read(first), agent)
    now += 60_000
    await assert.rejects(tokens.read(first), refused, 'known, but expired')
    assert.deepEqual(await tokens.read(second), agent)
  })

  it('are refused when anybody else made them', async () => {
    const tokens = createInternalTokens(secret)
    const key = new TextEncoder().encode(secret)
    const other = await createInternalTokens('another-secret-another-secret-aa').issue(agent)
    const base = () => new SignJWT({ caller: agent }).setProtectedHeader({ alg: 'HS256' })
    const forged = [
      other,
      `${other.slice(0, -4)}AAAA`,
      'x',
      '',
      new UnsecuredJWT({ caller: agent })
        .setIssuer('parley')
        .setAudience('parley-internal')
        .setExpirationTime('1h')
        .encode(),
      await base().setExpirationTime('1h').sign(key),
      await base().setIssuer('parley').setAudience('parley-internal').sign(key),
      await new SignJWT({ caller: { kind: 'root' } })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('parley')
        .setAudience('parley-internal')
        .setExpirationTime('1h')
        .sign(key),
    ]
    for (const token of forged) await assert.rejects(tokens.read(token), refused, token)
  })
})

describe('visitor tokens', () => {
  const visitor = { workspaceId: id, conversationId: id, contactId: id, visitorId: 'v-1' }

  it('give the right to one conversation, and are the same at every issue', async () => {
    const tokens = createVisitorTokens(secret)
    const token = await tokens.issueVisitorToken(visitor)
    assert.equal(await createVisitorTokens(secret).issueVisitorToken({ ...visitor }), token)
    assert.deepEqual(await tokens.readVisitorToken(token), { kind: 'visitor', ...visitor })
    assert.deepEqual(await tokens.readVisitorToken(token), { kind: 'visitor', ...visitor })
  })

  it('are refused when forged, and cannot stand in for internal ones', async () => {
    const tokens = createVisitorTokens(secret)
    const token = await tokens.issueVisitorToken(visitor)
    await assert.rejects(createVisitorTokens('x'.repeat(32)).readVisitorToken(token), refused)
    await assert.rejects(createInternalTokens(secret).read(token), refused)
    await assert.rejects(tokens.readVisitorToken(await createInternalTokens(secret).issue(agent)), refused)
  })
})
