import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { ApiKeyScope } from '../../schemas/caller.ts'
import type { House } from '../house.ts'

type Asked = ['GET' | 'POST' | 'PATCH', path: string, body?: object]

export function keyTests(getHouse: () => House): void {
  describe('an API key', () => {
    let house: House
    let messages: string
    before(async () => {
      house = getHouse()
      const { body } = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
      messages = `/api/conversations/${body.id}/messages`
    })
    const make = async (scopes: ApiKeyScope[], headers = {}) => {
      const body = { name: `Key for ${scopes}`, scopes }
      return house.call('POST', '/api/api-keys', { token: house.adminToken, body, headers })
    }
    const keyOf = async (...scopes: ApiKeyScope[]) => String((await make(scopes)).body.key)
    const statusOf = async (token: string, [method, path, body]: Asked) =>
      (await house.call(method, path, { token, body })).status

    it('does what its scopes say, and nothing else', async () => {
      const asked: Record<string, Asked> = {
        read: ['GET', '/api/conversations'],
        write: ['POST', messages.replace('/messages', '/tags'), { tag: 'by-key' }],
        ai: ['POST', messages, { content: 'Hello', senderType: 'ai' }],
        import: ['POST', messages, { content: 'Hello', senderType: 'agent', occurredAt: '2020-01-01T00:00:00Z' }],
        manage: ['POST', '/api/widgets', { name: 'By key' }],
        people: ['POST', '/api/agents', { name: 'By key', email: 'key@demo.test' }],
        keys: ['GET', '/api/api-keys'],
      }
      const allowed: [ApiKeyScope[], string[]][] = [
        [['read'], ['read']],
        [['write'], ['write']],
        [
          ['write', 'ai'],
          ['write', 'ai'],
        ],
        [
          ['write', 'import'],
          ['write', 'ai', 'import'],
        ],
        [['manage'], ['manage']],
        [['import'], []],
        [['ai'], []],
      ]
      for (const [scopes, may] of allowed) {
        const key = await keyOf(...scopes)
        for (const [what, request] of Object.entries(asked)) {
          const status = await statusOf(key, request)
          assert.equal(status < 300, may.includes(what), `${scopes}: ${what} answered ${status}`)
          if (status >= 300) assert.equal(status, 403)
        }
      }
    })

    it('is shown once, listed by its hint, and the same when its making is tried again', async () => {
      const headers = { 'idempotency-key': randomUUID() }
      const made = await make(['read'], headers)
      assert.equal(made.status, 201)
      assert.match(String(made.body.key), /^pk_[\w-]{43}$/)
      assert.deepEqual((await make(['read'], headers)).body, made.body)
      assert.equal((await make(['write'], headers)).status, 422)
      const listed = await house.call('GET', '/api/api-keys', { token: house.adminToken })
      const { key, ...rest } = made.body
      const data = listed.body.data as { id: string }[]
      assert.deepEqual(
        data.filter(({ id }) => id === rest.id),
        [rest],
      )
      assert.ok(!JSON.stringify(listed.body).includes(String(key)))
      assert.equal((await make([])).status, 400)
      const doubled = await make(['read', 'read'])
      assert.equal(doubled.status, 400)
    })

    it('is refused as soon as it is revoked, by an admin of its own workspace', async () => {
      const { body } = await make(['read'])
      const key = String(body.key)
      const path = `/api/api-keys/${body.id}`
      assert.equal(await statusOf(key, ['GET', '/api/conversations']), 200)
      const stranger = await new SignJWT({
        email: 'eve@other.test',
        app_metadata: { workspace_id: randomUUID(), role: 'admin' },
      })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(randomUUID())
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(house.stack.config.goTrueSecret))
      assert.equal((await house.call('DELETE', path, { token: stranger })).status, 404)
      assert.deepEqual((await house.call('GET', '/api/api-keys', { token: stranger })).body.data, [])
      assert.equal((await house.call('DELETE', path, { token: house.agentToken })).status, 403)
      assert.equal(await statusOf(key, ['GET', '/api/conversations']), 200)
      assert.equal((await house.call('DELETE', path, { token: house.adminToken })).status, 204)
      assert.equal(await statusOf(key, ['GET', '/api/conversations']), 401)
      assert.equal((await house.call('DELETE', path, { token: house.adminToken })).status, 204, 'once more')
    })
  })
}
