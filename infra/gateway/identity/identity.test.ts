import assert from 'node:assert/strict'
import { Rejection } from '../../../schemas/rejection.ts'
import { type Stores, silent, startStores } from '../testing/house.ts'
import { createApiKeys } from './api-keys.ts'
import { createLoginLimits } from './login-limits.ts'
import { migrateIdentity } from './migrations.ts'
import { createSessions } from './sessions.ts'
import { createUsers } from './users.ts'

const workspaceId = '11111111-1111-4111-8111-111111111111'
const ada = { workspaceId, email: 'Ada@Example.com', name: 'Ada', role: 'admin', password: 'correct horse' } as const

function refused(code: string) {
  return (error: unknown) => error instanceof Rejection && error.code === code
}

describe('the identity store', () => {
  let stores: Stores
  before(async () => {
    stores = await startStores()
  })
  after(() => stores.stop())

  it('is migrated once, however many processes do it at the same time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => migrateIdentity(stores.database)))
    const rows = await stores.database('identity.migrations')
    assert.deepEqual(rows.map(({ version }) => version).sort(), [1, 2])
  })

  describe('users', () => {
    it('are known by their address in whatever case, and by their password alone', async () => {
      const users = createUsers(stores.database)
      const created = await users.create(ada)
      assert.equal(created.email, 'ada@example.com')
      assert.deepEqual(await users.authenticate('ADA@example.com', 'correct horse'), created)
      assert.equal(await users.authenticate('ada@example.com', 'wrong horse'), undefined)
      assert.equal(await users.authenticate('nobody@example.com', 'correct horse'), undefined)
      const [row] = await stores.database('identity.users').where({ id: created.id })
      assert.match(row.password_hash, /^scrypt\$14\$8\$5\$/)
    })

    it('have one address each', async () => {
      await assert.rejects(createUsers(stores.database).create(ada), refused('already-exists'))
    })

    it('take as long to be refused when unknown as with a wrong password', async () => {
      const users = createUsers(stores.database)
      const time = async (email: string) => {
        const started = performance.now()
        await users.authenticate(email, 'wrong')
        return performance.now() - started
      }
      const known = await time('ada@example.com')
      const unknown = await time('nobody@example.com')
      assert.ok(unknown > known / 4, `${unknown} ms against ${known} ms`)
    })

    it('lose their sessions with their password', async () => {
      const users = createUsers(stores.database)
      const sessions = createSessions(stores.database)
      const user = await users.findByEmail('ada@example.com')
      assert.ok(user)
      const { refreshToken } = await sessions.open(user.id)
      assert.equal(await users.setPassword(user.id, 'battery staple'), true)
      await assert.rejects(sessions.rotate(refreshToken), refused('invalid-grant'))
      assert.ok(await users.authenticate('ada@example.com', 'battery staple'))
    })
  })

  describe('sessions', () => {
    it('go on by refresh tokens of which each works once, and end when one is used again', async () => {
      const sessions = createSessions(stores.database)
      const user = await createUsers(stores.database).findByEmail('ada@example.com')
      assert.ok(user)
      const first = await sessions.open(user.id)
      const other = await sessions.open(user.id)
      const second = await sessions.rotate(first.refreshToken)
      assert.equal(second.family, first.family)
      await assert.rejects(sessions.rotate(first.refreshToken), refused('invalid-grant'))
      await assert.rejects(sessions.rotate(second.refreshToken), refused('invalid-grant'), 'the thief has it as well')
      assert.ok(await sessions.rotate(other.refreshToken), 'other log-ins go on')
    })

    it('let one of many simultaneous uses of a token pass at most', async () => {
      const sessions = createSessions(stores.database)
      const user = await createUsers(stores.database).findByEmail('ada@example.com')
      assert.ok(user)
      const { refreshToken } = await sessions.open(user.id)
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => sessions.rotate(refreshToken)))
      assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    it('expire', async () => {
      const user = await createUsers(stores.database).findByEmail('ada@example.com')
      assert.ok(user)
      const { refreshToken } = await createSessions(stores.database).open(user.id)
      const later = createSessions(stores.database, () => Date.now() + 31 * 86_400_000)
      await assert.rejects(later.rotate(refreshToken), refused('invalid-grant'))
    })
  })

  describe('API keys', () => {
    it('are stored as a hash, call with their scopes, and can be revoked', async () => {
      const keys = createApiKeys(stores.database, silent)
      const { id, key } = await keys.create({ workspaceId, name: 'CRM', scopes: ['read'] })
      assert.deepEqual(await keys.callerOf(key), { kind: 'apiKey', id, workspaceId, scopes: ['read'] })
      const [row] = await stores.database('identity.api_keys').where({ id })
      assert.ok(!JSON.stringify(row).includes(key))
      assert.equal(await keys.revoke('22222222-2222-4222-8222-222222222222', id), false, 'not by another workspace')
      assert.equal(await keys.revoke(workspaceId, id), true)
      await assert.rejects(keys.callerOf(key), refused('unauthenticated'))
    })

    it('are refused when unknown or no key at all', async () => {
      const keys = createApiKeys(stores.database, silent)
      for (const key of [`pk_${'a'.repeat(43)}`, 'pk_', `pk_${'\u0000'.repeat(43)}`]) {
        await assert.rejects(keys.callerOf(key), refused('unauthenticated'))
      }
    })

    it('note when they were used', async () => {
      const keys = createApiKeys(stores.database, silent)
      const { id, key } = await keys.create({ workspaceId, name: 'CRM', scopes: ['read'] })
      await keys.callerOf(key)
      for (let tries = 0; ; tries++) {
        const [row] = await stores.database('identity.api_keys').where({ id })
        if (row.last_used_at !== null) break
        assert.ok(tries < 200, 'its use is not noted')
      }
    })
  })

  describe('log-in limits', () => {
    it('refuse an account after five wrong passwords, say how long, and leave other accounts alone', async () => {
      const limits = createLoginLimits(stores.redis)
      for (let i = 0; i < 5; i++) await limits.attempt('eve@example.com', '10.0.0.1')
      await assert.rejects(limits.attempt('EVE@example.com', '10.0.0.2'), /try again in \d+ s/)
      await limits.attempt('bob@example.com', '10.0.0.2')
    })

    it('forget the tries of an account once its password was right', async () => {
      const limits = createLoginLimits(stores.redis)
      for (let i = 0; i < 20; i++) {
        const takeBack = await limits.attempt('carl@example.com', '10.0.0.3')
        await takeBack()
      }
    })

    it('refuse an address that tries many accounts', async () => {
      const limits = createLoginLimits(stores.redis)
      for (let i = 0; i < 30; i++) await limits.attempt(`user${i}@example.com`, '10.0.0.4')
      await assert.rejects(limits.attempt('last@example.com', '10.0.0.4'), refused('rate-limited'))
    })
  })
})
