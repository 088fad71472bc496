import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../infra/local/testing/eventually.ts'
import type { House } from '../house.ts'
import { agentsAfter, passwordOf, signIn, tokenOf, welcome } from './visit.ts'

export function peopleTests(getHouse: () => House): void {
  describe('a person', () => {
    let house: House
    before(() => {
      house = getHouse()
    })
    const admin = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, headers = {}) =>
      house.call(method, path, { token: house.adminToken, body, headers })

    it('is invited, sets a password by the link once, and comes in', async () => {
      const email = 'Grace@Demo.test'
      const invited = await admin('POST', '/api/agents', { email, name: 'Grace', role: 'agent' })
      assert.equal(invited.status, 201)
      const { invitation, ...agent } = invited.body as { invitation: { token: string; url: string }; id: string }
      assert.equal((agent as { email?: string }).email, 'grace@demo.test')
      assert.equal(invitation.url, `${house.stack.config.publicUrl}/set-password#token=${invitation.token}`)
      const found = (await agentsAfter(house, invited)).find(({ id }) => id === agent.id)
      assert.deepEqual(found, agent)

      assert.equal((await signIn(house, { email, password: '' })).status, 400)
      const set = (password: string) =>
        house.call('POST', '/auth/password', { body: { token: invitation.token, password } })
      assert.equal((await set('too short')).status, 400)
      const both = await Promise.all([set(passwordOf('grace')), set(passwordOf('grace'))])
      assert.deepEqual(both.map(({ status }) => status).sort(), [204, 410])
      const again = await set(passwordOf('eve'))
      assert.deepEqual([again.status, again.body.type], [410, 'urn:parley:problem:invalid-link'])
      const token = await tokenOf(house, { email, password: passwordOf('grace') })
      assert.equal((await house.call('GET', '/api/conversations', { token })).status, 200)
      const page = await house.call('GET', '/set-password')
      assert.match(String(page.body.text), /<form>/)
    })

    it('has one address, and an invitation that is tried again is the same one', async () => {
      const taken = await admin('POST', '/api/agents', { email: house.demo.agent.email.toUpperCase(), name: 'Other' })
      assert.deepEqual([taken.status, taken.body.type], [409, 'urn:parley:problem:already-exists'])
      const headers = { 'idempotency-key': randomUUID() }
      const body = { email: 'linus@demo.test', name: 'Linus' }
      const first = await admin('POST', '/api/agents', body, headers)
      assert.equal(first.status, 201)
      assert.deepEqual((await admin('POST', '/api/agents', body, headers)).body, first.body)
      assert.equal((await admin('POST', '/api/agents', { ...body, name: 'Other' }, headers)).status, 422)
      const link = `/api/agents/${first.body.id}/password-link`
      const made = await admin('POST', link, undefined, headers)
      assert.deepEqual((await admin('POST', link, undefined, headers)).body, made.body)
      const old = String((first.body.invitation as { token: string }).token)
      const dead = await house.call('POST', '/auth/password', { body: { token: old, password: passwordOf('linus') } })
      assert.equal(dead.status, 410, 'a new link takes the place of the old')
    })

    it('is seen by agents, and changed by admins in person alone', async () => {
      const { agentToken, demo } = house
      const path = `/api/agents/${demo.agent.id}`
      const key = await admin('POST', '/api/api-keys', {
        name: 'All',
        scopes: ['read', 'write', 'manage', 'import', 'ai'],
      })
      for (const token of [agentToken, String(key.body.key)]) {
        assert.equal((await house.call('GET', path, { token })).status, 200)
        assert.equal((await house.call('GET', '/api/agents', { token })).status, 200)
        const asked: ['POST' | 'DELETE', string, object?][] = [
          ['POST', '/api/agents', { email: 'x@demo.test', name: 'X' }],
          ['POST', `${path}/role`, { role: 'admin' }],
          ['POST', `${path}/password-link`],
          ['DELETE', path],
        ]
        for (const [method, at, body] of asked) {
          assert.equal((await house.call(method, at, { token, body })).status, 403, `${method} ${at}`)
        }
      }
      assert.equal((await house.call('GET', '/api/agents')).status, 401)
      const all = (await admin('GET', '/api/agents')).body.data as object[]
      const walked: object[] = []
      for (let cursor: unknown = ''; cursor !== null; ) {
        const query = cursor === '' ? '' : `&cursor=${cursor}`
        const { body } = await admin('GET', `/api/agents?limit=1${query}`)
        assert.equal(body.total, all.length)
        walked.push(...(body.data as object[]))
        cursor = body.nextCursor
      }
      assert.deepEqual(walked, all)
      assert.equal((await admin('GET', '/api/agents?cursor=WyJcdTAwMDAiLCJ4Il0')).status, 400)
      assert.equal((await admin('GET', `/api/agents/${randomUUID()}`)).status, 404)
      assert.equal((await admin('DELETE', `/api/agents/${randomUUID()}`)).status, 404)
    })

    it('says whether conversations may come', async () => {
      const one = await welcome(house)
      const path = `/api/agents/${one.id}/availability`
      const body = { available: false }
      assert.equal((await house.call('POST', path, { token: house.agentToken, body })).status, 403)
      const said = await house.call('POST', path, { token: await tokenOf(house, one), body })
      assert.deepEqual([said.status, said.body.available], [200, false])
      const listed = await agentsAfter(house, said)
      assert.equal(listed.find(({ id }) => id === one.id)?.available, false)
      assert.equal((await admin('POST', path, { available: true })).body.available, true)
    })

    it('is what the log says, though tokens say more: a demoted admin', async () => {
      const one = await welcome(house, 'admin')
      const token = await tokenOf(house, one)
      assert.equal((await house.call('GET', '/api/api-keys', { token })).status, 200)
      const changed = await admin('POST', `/api/agents/${one.id}/role`, { role: 'agent' })
      assert.deepEqual([changed.status, changed.body.role], [200, 'agent'])
      await eventually(async () => {
        assert.equal((await house.call('GET', '/api/api-keys', { token })).status, 403)
      })
      const { body } = await house.call('GET', '/auth/v1/user', { token })
      assert.equal((body.app_metadata as { role: string }).role, 'agent')
    })

    it('leaves: the conversations are free, and no credential works', async () => {
      const one = await welcome(house)
      const { body: tokens } = await signIn(house, one)
      const login = await house.call('POST', '/auth/login', { body: { email: one.email, password: one.password } })
      const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
      const link = String((await admin('POST', `/api/agents/${one.id}/password-link`)).body.token)
      const had = await Promise.all(['open', 'pending', 'closed', 'another'].map((status) => assigned(one.id, status)))

      const path = `/api/agents/${one.id}`
      const removed = await admin('DELETE', path)
      assert.equal(removed.status, 204, JSON.stringify(removed.body))
      const headers = { 'x-wait-for': String(removed.headers['x-position']) }
      const owners = await Promise.all(
        had.map(
          async (id) => (await admin('GET', `/api/conversations/${id}`, undefined, headers)).body.assignedAgentId,
        ),
      )
      assert.deepEqual(owners, [null, null, one.id, house.demo.admin.id])

      const token = String(tokens.access_token)
      await eventually(async () => {
        assert.equal((await house.call('GET', '/api/conversations', { token })).status, 401)
        assert.equal((await house.call('GET', '/api/conversations', { headers: { cookie } })).status, 401)
      })
      const refresh = '/auth/v1/token?grant_type=refresh_token'
      assert.equal((await house.call('POST', refresh, { body: { refresh_token: tokens.refresh_token } })).status, 400)
      assert.equal((await signIn(house, one)).status, 400)
      const set = await house.call('POST', '/auth/password', { body: { token: link, password: passwordOf('eve') } })
      assert.equal(set.status, 410)

      assert.equal((await admin('DELETE', path)).status, 204, 'once more, without harm')
      assert.ok(!(await agentsAfter(house, removed)).some(({ id }) => id === one.id))
      const gone = await agentsAfter(house, removed, '?removed=true')
      assert.equal(typeof gone.find(({ id }) => id === one.id)?.removedAt, 'string')
      const named = await admin('GET', path, undefined, headers)
      assert.deepEqual([named.status, named.body.email], [200, one.email])
    })

    it('may come back, with nothing of before', async () => {
      const one = await welcome(house)
      const { body: tokens } = await signIn(house, one)
      await admin('DELETE', `/api/agents/${one.id}`)
      const back = await admin('POST', '/api/agents', { email: one.email, name: 'Back again', role: 'admin' })
      assert.deepEqual([back.status, back.body.id, back.body.name], [201, one.id, 'Back again'])
      assert.equal((await signIn(house, one)).status, 400, 'the old password')
      const refresh = '/auth/v1/token?grant_type=refresh_token'
      assert.equal((await house.call('POST', refresh, { body: { refresh_token: tokens.refresh_token } })).status, 400)
      const token = String((back.body.invitation as { token: string }).token)
      await house.call('POST', '/auth/password', { body: { token, password: passwordOf('back') } })
      assert.equal((await signIn(house, { email: one.email, password: passwordOf('back') })).status, 200)
    })

    async function assigned(agentId: string, status: string): Promise<string> {
      const { demo } = house
      const started = await house.call('POST', '/api/conversations', { body: { widgetId: demo.widgetId } })
      const at = `/api/conversations/${started.body.id}`
      assert.equal((await admin('POST', `${at}/assign`, { agentId })).status, 200)
      if (status === 'pending') await admin('POST', `${at}/status`, { status })
      if (status === 'closed') await admin('POST', `${at}/close`)
      if (status === 'another') await admin('POST', `${at}/assign`, { agentId: demo.admin.id })
      return String(started.body.id)
    }
  })
}
