import assert from 'node:assert/strict'
import { createDatabase } from '../../infra/runtime/postgres.ts'
import type { House } from '../house.ts'
import { passwordOf, signIn, welcome } from './visit.ts'

export function passwordTests(getHouse: () => House): void {
  describe('a password', () => {
    let house: House
    before(() => {
      house = getHouse()
    })
    const change = (currentPassword: string, newPassword: string, options: object) =>
      house.call('POST', '/api/settings/password', { body: { currentPassword, newPassword }, ...options })
    const refresh = async (token: unknown) =>
      (await house.call('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: token } })).status

    it('is changed with the one before it, which ends every session but one’s own', async () => {
      const one = await welcome(house)
      const [own, other] = [(await signIn(house, one)).body, (await signIn(house, one)).body]
      const login = await house.call('POST', '/auth/login', { body: { email: one.email, password: one.password } })
      const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
      const token = String(own.access_token)

      const wrong = await change('not my password', passwordOf('new'), { token })
      assert.deepEqual([wrong.status, (wrong.body.errors as { path: string }[])[0]?.path], [400, '/currentPassword'])
      assert.equal((await change(one.password, 'short', { token })).status, 400)
      assert.equal((await change(one.password, passwordOf('new'), { token })).status, 204)
      assert.deepEqual([await refresh(own.refresh_token), await refresh(other.refresh_token)], [200, 400])
      assert.equal((await house.call('GET', '/api/conversations', { headers: { cookie } })).status, 401)
      assert.equal((await signIn(house, one)).status, 400)
      assert.equal((await signIn(house, { ...one, password: passwordOf('new') })).status, 200)
    })

    it('is changed by cookie, which stays', async () => {
      const one = await welcome(house)
      const other = (await signIn(house, one)).body
      const login = await house.call('POST', '/auth/login', { body: { email: one.email, password: one.password } })
      const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
      assert.equal((await change(one.password, passwordOf('new'), { headers: { cookie } })).status, 403)
      const headers = { cookie, 'x-csrftoken': String(login.body.csrfToken) }
      assert.equal((await change(one.password, passwordOf('new'), { headers })).status, 204)
      assert.equal((await house.call('GET', '/api/conversations', { headers: { cookie } })).status, 200)
      assert.equal(await refresh(other.refresh_token), 400)
    })

    it('is not set by a link that has expired', async () => {
      const one = await welcome(house)
      const made = await house.call('POST', `/api/agents/${one.id}/password-link`, { token: house.adminToken })
      assert.equal(made.status, 201)
      const database = createDatabase(house.stack.config, { name: 'test', connections: 1 })
      const stored = await database('identity.password_links').where({ user_id: one.id, used_at: null })
      assert.equal(stored.length, 1, 'the link before it is used')
      assert.ok(!JSON.stringify(stored).includes(String(made.body.token)))
      await database('identity.password_links').where({ user_id: one.id }).update({ expires_at: database.fn.now() })
      await database.destroy()
      const body = { token: made.body.token, password: passwordOf('late') }
      assert.equal((await house.call('POST', '/auth/password', { body })).status, 410)
      assert.equal((await signIn(house, one)).status, 200, 'the password is as it was')
    })
  })
}
