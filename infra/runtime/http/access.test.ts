import assert from 'node:assert/strict'
import type { Caller } from '../../../schemas/caller.ts'
import { createInternalTokens } from '../auth/internal-tokens.ts'
import { agent, id, json, problem, routes, startTestService, type TestService } from './testing/service.ts'

const visitor: Caller = { kind: 'visitor', workspaceId: id, conversationId: id, contactId: id, visitorId: 'v' }

describe('the HTTP layer lets in', () => {
  let service: TestService
  before(async () => {
    service = await startTestService()
  })
  after(() => service.stop())

  const key = (...scopes: string[]): Caller => ({ kind: 'apiKey', id, workspaceId: id, scopes })
  const admin: Caller = { kind: 'agent', id, workspaceId: id, role: 'admin', email: 'a@b.example' }
  const system: Caller = { kind: 'system', id: 'flow-engine', workspaceId: id }
  const cases: [string, 'put' | 'close' | 'get' | 'make', Caller, number][] = [
    ['a visitor to what is public', 'put', visitor, 200],
    ['an agent to what is public', 'put', agent, 200],
    ['no visitor to what is for agents', 'close', visitor, 403],
    ['an agent to what is for agents', 'close', agent, 200],
    ['no agent to what is for admins', 'get', agent, 403],
    ['an admin to what is for admins', 'get', admin, 200],
    ['no admin to what is for services', 'make', admin, 403],
    ['a service to what is for services', 'make', { kind: 'system', id: 'demo' }, 200],
    ['a service for a workspace to what is for agents', 'close', system, 200],
    ['no service without workspace to what is for agents', 'close', { kind: 'system', id: 'demo' }, 403],
    ['an API key by its scope', 'get', key('read'), 200],
    ['no API key without the scope', 'get', key('write'), 403],
    ['no API key to what is public, without the scope', 'put', key('read'), 403],
    ['no API key where no scope is named', 'close', key('read', 'write', 'import'), 403],
  ]
  for (const [what, name, caller, status] of cases) {
    it(what, async () => {
      const { method, path } = routes[name]
      const headers = { ...json, ...(await service.as(caller)) }
      const body = name === 'put' ? '{"name":"Ada"}' : '{}'
      const response = await fetch(service.url + path.replace('{id}', id), {
        method,
        headers,
        ...(method === 'GET' ? {} : { body }),
      })
      if (status === 403) await problem(response, 403, 'forbidden')
      else assert.equal(response.status, status)
    })
  }

  it('nobody without a credential to what needs one, and says how', async () => {
    const response = await service.post(`/things/${id}/close`)
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="parley"')
    await problem(response, 401, 'unauthenticated')
  })

  it('nobody with a bad credential, even to what is public', async () => {
    const other = createInternalTokens('another-secret-another-secret-aa')
    for (const authorization of ['Bearer x', 'Basic YTpi', 'Bearer', `Bearer ${await other.issue(agent)}`]) {
      const response = await service.post(`/things/${id}`, '{"name":"Ada"}', { ...json, authorization })
      assert.match(response.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
      await problem(response, 401, 'unauthenticated')
    }
  })
})
