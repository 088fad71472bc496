import assert from 'node:assert/strict'
import type { Caller } from '../../../schemas/caller.ts'
import { createNegotiation } from './negotiation.ts'

describe('the token of a connection', () => {
  const now = () => Date.parse('2026-01-01T00:00:00Z')
  const ada = { kind: 'agent', id: 'ada', workspaceId: 'w', role: 'agent', email: 'ada@demo.test' } as const
  const others: Caller[] = [
    { kind: 'anonymous' },
    { ...ada, id: 'bob' },
    { ...ada, workspaceId: 'v' },
    { kind: 'visitor', workspaceId: 'w', conversationId: 'c', contactId: 'k', visitorId: 'ada' },
  ]

  it('tells every instance all that was agreed, whichever of his tokens the caller shows', () => {
    const { token, connectionId } = createNegotiation('secret', now).issue(ada, { mayResume: true, speaksFirst: true })
    const told = createNegotiation('secret', now).read(token, { ...ada, expiresAt: 1 })
    assert.deepEqual(told, { connectionId, beginBy: now() / 1000 + 15, mayResume: true, speaksFirst: true })
    assert.match(token, /^[\w.-]+$/)
  })

  it('is worth nothing to others, altered, or signed by somebody else', () => {
    const negotiation = createNegotiation('secret', now)
    const { token } = negotiation.issue(ada, { mayResume: false, speaksFirst: false })
    for (const other of others) assert.equal(negotiation.read(token, other), undefined)
    for (const altered of ['', 'guess', token.replace('.p.', '.s.'), `x${token}`, token.slice(0, -4)]) {
      assert.equal(negotiation.read(altered, ada), undefined)
    }
    assert.equal(createNegotiation('another', now).read(token, ada), undefined)
  })
})
